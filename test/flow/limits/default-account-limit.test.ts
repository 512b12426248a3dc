// The limits of the default account hold for all tenants together, and for no account of a tenant's own.
import { expect, test } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import { mail } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';

test('of the mails of two tenants the default account sends as many as its limit, and the others say why they wait', async () => {
  const stage = await setStage();
  const sink = await stage.sink();
  const service = await stage.service({
    GMP_SMTP_HOST: sink.host,
    GMP_SMTP_PORT: String(sink.port),
    GMP_SMTP_USE_TLS: '0',
    GMP_SMTP_LIMIT_PER_HOUR: '5',
    GMP_SMTP_LIMIT_PER_DAY: '1000',
  });
  for (const id of ['a', 'b', 'own']) await service.api('POST', '/tenant', { id });
  const account = { id: 'main', tenant_id: 'own', host: sink.host, port: sink.port, use_tls: false };
  await service.api('POST', '/account', account);
  const messages = ['a', 'b', 'own'].flatMap((tenant_id) =>
    Array.from({ length: 8 }, (_, i) => mail(`${tenant_id}${i}`, { tenant_id })),
  );
  const { body } = await service.api('POST', '/commands/add-messages', { messages });
  expect(body).toMatchObject({ queued: 24 });
  const statuses = async (tenant: string) => {
    const listed = await service.api<{ messages: { status: string }[] }>(
      'GET',
      `/messages?tenant_id=${tenant}`,
    );
    return listed.body.messages.map(({ status }) => status);
  };
  const sentOf = async (...tenants: string[]) =>
    (await Promise.all(tenants.map(statuses))).flat().filter((status) => status === 'sent').length;
  await waitFor(
    'what may be sent',
    async () => (await sentOf('a', 'b')) === 5 && (await sentOf('own')) === 8,
  );
  const waits = (
    await Promise.all(
      messages
        .slice(0, 16)
        .map(({ id, tenant_id }) => service.api('GET', `/messages/${id}/explain?tenant_id=${tenant_id}`)),
    )
  ).filter((one) => JSON.stringify(one.body).includes('the limit of 5 a hour is reached'));
  expect(waits).toHaveLength(11);
  expect(sink.count).toBe(13);
});
