// Accounts are shown, altered, verified and deleted within their tenant only, and a change takes effect with the next
// mail.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { type SmtpSink, startSmtpSink } from '../../support/servers/smtp-sink.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';

let stage: Stage;
let service: Service;
let sink: SmtpSink;

beforeAll(async () => {
  stage = await setStage();
  sink = await stage.sink({ auth: { user: 'shop', pass: 'right' } });
  service = await stage.service();
  for (const id of ['a', 'b']) await service.api('POST', '/tenant', { id });
});

async function addAccount(id: string, settings = {}, tenant = 'a'): Promise<void> {
  const { host, port } = sink;
  const account = {
    id,
    tenant_id: tenant,
    host,
    port,
    use_tls: false,
    user: 'shop',
    password: 'right',
    ...settings,
  };
  expect(await service.api('POST', '/account', account)).toMatchObject({ status: 200, body: { ok: true } });
}

const send = (id: string, account: string) =>
  service.api('POST', '/commands/add-messages', {
    messages: [
      {
        id,
        tenant_id: 'a',
        account_id: account,
        from: 'x@example.com',
        to: 'y@example.org',
        subject: id,
        body: '',
      },
    ],
  });

test('accounts are listed and shown without their passwords', async () => {
  await addAccount('listed', { limit_per_hour: 10 });
  const expected = {
    id: 'listed',
    user: 'shop',
    password: '***',
    limit_per_hour: 10,
    ttl: 300,
    use_tls: false,
  };
  expect((await service.api('GET', '/account/listed?tenant_id=a')).body).toMatchObject(expected);
  const { body } = await service.api<{ accounts: { id: string }[] }>('GET', '/accounts?tenant_id=a');
  expect(body.accounts.find(({ id }) => id === 'listed')).toMatchObject(expected);
  expect(JSON.stringify(body)).not.toContain('right');
  expect((await service.api('GET', '/account/listed?tenant_id=b')).status).toBe(404);
});

test('null restores a default, omitted settings stay, and *** leaves the password as it is', async () => {
  await addAccount('altered', { ttl: 5, limit_per_day: 7 });
  const change = { ttl: null, limit_per_day: null, batch_size: 3, password: '***' };
  expect((await service.api('PUT', '/account/altered?tenant_id=a', change)).status).toBe(200);
  const { body } = await service.api('GET', '/account/altered?tenant_id=a');
  expect(body).toMatchObject({ ttl: 300, batch_size: 3, user: 'shop' });
  expect(body).not.toHaveProperty('limit_per_day');
  expect((await service.api('POST', '/account/altered/verify?tenant_id=a')).body).toEqual({ ok: true });
});

test('an account replaced with *** as password keeps its password, and without a password loses it', async () => {
  await addAccount('kept');
  await addAccount('kept', { ttl: 7, password: '***' });
  expect((await service.api('GET', '/account/kept?tenant_id=a')).body).toMatchObject({
    ttl: 7,
    password: '***',
  });
  expect((await service.api('POST', '/account/kept/verify?tenant_id=a')).body).toEqual({ ok: true });
  await addAccount('kept', { password: undefined });
  expect((await service.api('GET', '/account/kept?tenant_id=a')).body).not.toHaveProperty('password');
});

test('an empty user or password counts as none', async () => {
  const open = await startSmtpSink({});
  await addAccount('anonymous', { port: open.port, user: '', password: '' });
  const { body } = await service.api('GET', '/account/anonymous?tenant_id=a');
  expect(Object.keys(body).filter((name) => ['user', 'password'].includes(name))).toEqual([]);
  expect((await service.api('POST', '/account/anonymous/verify?tenant_id=a')).body).toEqual({ ok: true });
  await open.stop();
});

test('verify logs in, sends nothing, and says why a login fails', async () => {
  await addAccount('tried', { password: 'misspelt' });
  const before = sink.count;
  const wrong = await service.api<{ ok: boolean; error: string }>(
    'POST',
    '/account/tried/verify?tenant_id=a',
  );
  expect(wrong.body).toMatchObject({ ok: false, error: expect.stringContaining('535') });
  expect(wrong.body.error).not.toContain('misspelt');
  await service.api('PUT', '/account/tried?tenant_id=a', { password: 'right' });
  expect((await service.api('POST', '/account/tried/verify?tenant_id=a')).body).toEqual({ ok: true });
  expect(sink.count).toBe(before);
});

test('a changed account takes effect with the next message', async () => {
  await addAccount('moved');
  await send('before', 'moved');
  await sink.waitFor((messages) => messages.some(({ id }) => id === 'before'));
  const other = await startSmtpSink({});
  const change = { port: other.port, user: null, password: null };
  await service.api('PUT', '/account/moved?tenant_id=a', change);
  await send('after', 'moved');
  await other.waitFor((messages) => messages.some(({ id }) => id === 'after'));
  expect(sink.messages.some(({ id }) => id === 'after')).toBe(false);
  await other.stop();
});

test("deleting an account leaves another tenant's of the same name", async () => {
  await addAccount('twin');
  await addAccount('twin', {}, 'b');
  expect((await service.api('DELETE', '/account/twin?tenant_id=a')).body).toEqual({ ok: true });
  expect((await service.api('GET', '/account/twin?tenant_id=b')).status).toBe(200);
  expect(await service.api('DELETE', '/account/twin?tenant_id=a')).toMatchObject({
    status: 400,
    body: { detail: 'account not found or not owned by tenant' },
  });
});
