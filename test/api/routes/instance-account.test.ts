// With GMP_SMTP_HOST, messages of tenants without an account of their own go through it (contract section 4).
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SmtpSink, startSmtpSink } from '../../support/servers/smtp-sink.js';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
let sink: SmtpSink;
beforeAll(async () => {
  sink = await startSmtpSink();
  stage = await setApiStage({ GMP_SMTP_HOST: sink.host, GMP_SMTP_PORT: String(sink.port) });
  await stage.tenant('shop');
});
afterAll(async () => {
  await stage.remove();
  await sink.stop();
});

test('A message of a tenant without an account is sent through the instance, and has no account_id', async () => {
  const given = message({ deferred_ts: undefined });
  expect((await stage.add([given])).body).toEqual({ ok: true, queued: 1, rejected: [] });
  await sink.waitFor(1);
  const { body } = await stage.list({ tenant_id: 'shop' });
  expect(body.messages[0]?.id).toBe(given.id);
  expect(body.messages[0]).not.toHaveProperty('account_id');
});

test('An account of the tenant precedes the instance; an unknown account is rejected', async () => {
  await stage.account('shop', 'own');
  const given = message();
  await stage.add([given]);
  const { body } = await stage.list({ tenant_id: 'shop' });
  expect(body.messages.find(({ id }) => id === given.id)?.account_id).toBe('own');
  expect(await stage.reasonFor(message({ account_id: 'nothing' }))).toBe('account not found for tenant');
});

test('A message of an unknown tenant is rejected all the same', async () => {
  const reason = 'tenant nobody does not exist';
  expect((await stage.add([message({ tenant_id: 'nobody' })])).body.detail?.rejected[0]?.reason).toBe(reason);
});
