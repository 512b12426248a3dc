// An encryption key is replaced while mail goes on: start with both, encrypt anew, start without the old one.
import { beforeEach, expect, test } from 'vitest';
import { refusedStart } from '../../support/programs/refused-start.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});

const [oldKey, newKey, strangeKey] = ['old', 'new', 'strange'].map((text) =>
  Buffer.alloc(32, text).toString('base64'),
) as [string, string, string];

test('mail and reports go on before, during and after, and the service starts with the new key alone', async () => {
  const sink = await stage.sink({ auth: { user: 'robot', pass: 'mail-secret' } });
  const app = await stage.app();
  const first = await stage.service({ GMP_ENCRYPTION_KEY: oldKey });
  const tenant = await addTenant(first, 'acme', {
    server: sink,
    app,
    account: { user: 'robot', password: 'mail-secret', use_tls: false },
    tenant: { client_auth: { method: 'bearer', token: 'client-secret' } },
  });
  await first.api('PUT', '/instance/bounce', { imap_password: 'box-secret' });
  await tenant.handIn(first, [mail('before')]);
  await tenant.until(first, 'before', ({ reported_ts }) => reported_ts !== undefined);
  await first.term();

  const env = { GMP_DB_PATH: stage.database.path, GMP_REDIS_URL: stage.redis.url };
  const refused = await refusedStart({ ...env, GMP_ENCRYPTION_KEY: newKey });
  expect(refused.lines).toEqual(['GMP_ENCRYPTION_KEY is not the key this database was encrypted with']);

  const both = { GMP_ENCRYPTION_KEY: newKey, GMP_ENCRYPTION_KEY_PREVIOUS: `${strangeKey}, ${oldKey}` };
  const second = await stage.service(both);
  await tenant.handIn(second, [mail('with-both')]);
  await tenant.until(second, 'with-both', ({ reported_ts }) => reported_ts !== undefined);
  const opened = sink.connectionsSoFar;
  const rotation = await second.api('POST', '/instance/rotate-secrets');
  expect(rotation).toMatchObject({ status: 200, body: { ok: true, rotated: 4 } });
  const again = await second.api('POST', '/instance/rotate-secrets');
  expect(again.body).toEqual({ ok: true, rotated: 0 });
  await tenant.handIn(second, [mail('rotated')]);
  await tenant.until(second, 'rotated', ({ reported_ts }) => reported_ts !== undefined);
  // The account is the same for its connections.
  expect(sink.connectionsSoFar).toBe(opened);
  await second.term();

  const third = await stage.service({ GMP_ENCRYPTION_KEY: newKey });
  await tenant.handIn(third, [mail('after')]);
  await tenant.until(third, 'after', ({ reported_ts }) => reported_ts !== undefined);
  const headers = new Set(app.calls.map((call) => call.headers.authorization));
  expect([...headers]).toEqual(['Bearer client-secret']);
});

test('a secret that opens with none of the keys is told of, without naming it in the answer', async () => {
  const service = await stage.service({ GMP_ENCRYPTION_KEY: oldKey });
  await addTenant(service, 'acme', {
    server: { host: 'h', port: 25 },
    account: { user: 'u', password: 'p' },
  });
  await query(stage.database, "UPDATE accounts SET password = 'v1:AAAA'");
  const { status, body } = await service.api('POST', '/instance/rotate-secrets');
  expect(status).toBe(200);
  expect(body).toEqual({
    ok: false,
    rotated: 0,
    error: '1 secrets open with none of the keys and were left; the log names them',
  });
  expect(service.output()).toContain('acme');
});
