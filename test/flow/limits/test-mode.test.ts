// In test mode nothing is sent until run-now is called, and then only what was due by then.
import { expect, test } from 'vitest';
import { mail } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

test.each(['1', 'true'])('GMP_TEST_MODE=%s', async (testMode) => {
  const stage = await setStage();
  const sink = await stage.sink();
  const service = await stage.service({ GMP_TEST_MODE: testMode });
  const tenant = await addTenant(service, 'acme', { server: sink });
  const explained = async (id: string) =>
    JSON.stringify((await service.api('GET', `/messages/${id}/explain?tenant_id=acme`)).body);
  const ready = await service.api('GET', '/ready');
  expect(ready.body).toMatchObject({ ok: true, scheduler: expect.stringContaining('GMP_TEST_MODE') });
  const runNow = () => service.api('POST', '/commands/run-now');

  await tenant.handIn(service, [mail('first')]);
  expect(await explained('first')).toContain('GMP_TEST_MODE');
  expect(sink.messages).toEqual([]);
  expect((await runNow()).status).toBe(200);
  await tenant.until(service, 'first', ({ status }) => status === 'sent');

  await tenant.handIn(service, [mail('second', { priority: 'immediate' })]);
  expect(await explained('second')).toContain('GMP_TEST_MODE');
  expect(sink.messages.map(({ id }) => id)).toEqual(['first']);
  const other = await addTenant(service, 'other', { server: sink });
  await other.handIn(service, [mail('third')]);
  const { body } = await service.api<{ api_key: string }>('POST', '/tenant/other/api-key', {});
  await service.api('POST', '/commands/run-now', undefined, { token: body.api_key });
  await other.until(service, 'third', ({ status }) => status === 'sent');
  expect(await explained('second')).toContain('GMP_TEST_MODE');
  await runNow();
  await tenant.until(service, 'second', ({ status }) => status === 'sent');
  await service.term();
});
