// Calls that race with the deletion of what they are about are answered as if it had never been there, never with a 500.
import { expect, test } from 'vitest';
import { mails } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';

const rounds = 40;
const tenants = ['a', 'b'];
/** What a call may be answered with that finds its tenant or account gone, or just being deleted or made. */
const expected = new Set([200, 400, 401, 404, 409]);

test('creating, deleting, adding, suspending and activating at once ends in no 500 and no error in the log', async () => {
  const stage = await setStage();
  const sink = await stage.sink();
  const service = await stage.service({ GMP_LOG_LEVEL: 'error' });
  const account = (tenant: string, id: string) => ({
    id,
    tenant_id: tenant,
    host: sink.host,
    port: sink.port,
  });
  const calls = (tenant: string, n: number): [string, string, unknown?][] => [
    ['POST', '/tenant', { id: tenant }],
    ['POST', '/account', account(tenant, 'main')],
    ['POST', '/account', account(tenant, 'side')],
    ...['main', 'side'].map((id): [string, string, unknown] => [
      'POST',
      '/commands/add-messages',
      { messages: mails(`${n}-${id}`, 5, { tenant_id: tenant, account_id: id, batch_code: 'b' }) },
    ]),
    ['POST', `/commands/suspend?tenant_id=${tenant}`],
    ['POST', `/commands/suspend?tenant_id=${tenant}&batch_code=b`],
    ['POST', `/commands/activate?tenant_id=${tenant}`],
    ['POST', `/tenant/${tenant}/api-key`, {}],
    ['POST', `/commands/delete-messages?tenant_id=${tenant}`, { ids: [`${n}-main-1`, `${n}-side-2`] }],
    ['POST', `/suppressions?tenant_id=${tenant}`, { suppressions: [`a${n}@x.example`, 'b@x.example'] }],
    ['POST', `/suppressions?tenant_id=${tenant}`, { suppressions: ['b@x.example', `a${n}@x.example`] }],
    ['DELETE', `/suppressions?tenant_id=${tenant}`, { addresses: ['b@x.example', `a${n}@x.example`] }],
    ['GET', `/suppressions/export?tenant_id=${tenant}`],
    ['GET', `/bounces?tenant_id=${tenant}&unmatched=true`],
    ['POST', `/commands/revoke-links?tenant_id=${tenant}`, { ids: [`${n}-main-1`] }],
    ['POST', `/commands/forget?tenant_id=${tenant}`, { addresses: ['b@x.example'] }],
    ['PUT', `/account/main?tenant_id=${tenant}`, { imap_host: '127.0.0.1', imap_port: 1, imap_user: 'u' }],
    ['DELETE', `/account/side?tenant_id=${tenant}`],
    ['DELETE', `/tenant/${tenant}`],
  ];
  const statuses = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    const answers = tenants.flatMap((tenant) =>
      calls(tenant, round).map(async ([method, path, body]) => {
        const { status } = await service.api(method, path, body);
        const key = `${method} ${path.replace(/\?.*/, '')} ${status}`;
        if (!expected.has(status)) statuses.set(key, (statuses.get(key) ?? 0) + 1);
      }),
    );
    await Promise.all(answers);
  }
  expect(Object.fromEntries(statuses)).toEqual({});
  expect(service.output()).not.toMatch(/ERROR|FATAL|deadlock/);
}, 180_000);

test("a tenant's run-now, however often, leaves one sweep at most, and wakes that tenant alone", async () => {
  const stage = await setStage();
  const service = await stage.service();
  const { body } = await service.api<{ api_key: string }>('POST', '/tenant', { id: 'shop' });
  const { Queue } = await import('bullmq');
  const { Redis } = await import('ioredis');
  const connection = new Redis(stage.redis.url, { maxRetriesPerRequest: null });
  const queue = new Queue('sweep', { connection, prefix: 'mail-proxy' });
  await queue.pause();
  const token = body.api_key;
  const calls = Array.from({ length: 200 }, () =>
    service.api('POST', '/commands/run-now', undefined, { token }),
  );
  expect(new Set((await Promise.all(calls)).map(({ status }) => status))).toEqual(new Set([200]));
  const jobs = await queue.getJobs(['waiting', 'active', 'prioritized']);
  const asked = jobs.filter((job) => job?.name === 'run-now');
  expect(asked.length).toBeLessThanOrEqual(2);
  expect(asked.map((job) => job.data)).toEqual(asked.map(() => ({ tenantId: 'shop' })));
  await queue.resume();
  await queue.close();
  connection.disconnect();
});
