// Values that the validation of genro-mail-proxy coerced are taken, whichever route they come by; others are named truly.
import { beforeAll, expect, test } from 'vitest';
import { type ApiStage, type Misfit, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage({ GMP_SMTP_HOST: '127.0.0.1', GMP_SMTP_PORT: '9' });
  await stage.tenant('shop');
});

const put = (fields: object) =>
  stage.service.api<Misfit>('POST', '/account', {
    id: 'main',
    tenant_id: 'shop',
    host: '127.0.0.1',
    port: 9,
    ...fields,
  });
const account = async () => (await stage.service.api('GET', '/account/main?tenant_id=shop')).body;
const tenant = async () => (await stage.service.api('GET', '/tenant/shop')).body;

test('numbers and truth values of an account may stand in strings', async () => {
  const fields = { port: '587', use_tls: 'true', limit_per_minute: '30', limit_per_hour: ' 60 ', spread: 1 };
  expect((await put(fields)).status).toBe(200);
  expect(await account()).toMatchObject({
    port: 587,
    use_tls: true,
    limit_per_minute: 30,
    limit_per_hour: 60,
    spread: true,
  });
});

test('0 stands for the default of a connection, in POST and PUT', async () => {
  expect(
    (await put({ ttl: 0, batch_size: '0', max_connections: '0', user: '', limit_behavior: '' })).status,
  ).toBe(200);
  const shown = await account();
  expect(shown).toMatchObject({ ttl: 300, limit_behavior: 'defer' });
  expect(shown).not.toHaveProperty('batch_size');
  expect(shown).not.toHaveProperty('user');
  await stage.service.api('PUT', '/account/main?tenant_id=shop', { ttl: '60' });
  expect(await account()).toMatchObject({ ttl: 60 });
  await stage.service.api('PUT', '/account/main?tenant_id=shop', { ttl: 0 });
  expect(await account()).toMatchObject({ ttl: 300 });
});

test('an empty text of a tenant leaves the setting out, and a path without its slash gets one', async () => {
  const fields = { id: 'shop', name: '', client_base_url: '', client_sync_path: 'sync/here', active: 'yes' };
  expect((await stage.service.api('POST', '/tenant', fields)).status).toBe(200);
  const shown = await tenant();
  expect(shown).toMatchObject({ client_sync_path: '/sync/here', active: true });
  expect(shown).not.toHaveProperty('client_base_url');
  expect(shown).not.toHaveProperty('name');
  await stage.service.api('PUT', '/tenant/shop', {
    client_base_url: 'http://127.0.0.1:9',
    client_attachment_path: 'a',
  });
  expect(await tenant()).toMatchObject({
    client_base_url: 'http://127.0.0.1:9',
    client_attachment_path: '/a',
  });
  await stage.service.api('PUT', '/tenant/shop', { client_base_url: '' });
  expect(await tenant()).not.toHaveProperty('client_base_url');
});

test('a message takes its priority and time as texts, and empty texts as absent', async () => {
  const fields = {
    priority: '0',
    deferred_ts: '4000000000',
    batch_code: '',
    account_id: '',
    message_id: '',
    headers: '',
  };
  const { body } = await stage.add([message({ id: 'loose', ...fields })]);
  expect(body).toEqual({ ok: true, queued: 1, rejected: [] });
  const { body: listed } = await stage.list({ tenant_id: 'shop' });
  expect(listed.messages).toMatchObject([{ id: 'loose', priority: 0, deferred_ts: 4_000_000_000 }]);
  expect(listed.messages[0]).not.toHaveProperty('batch_code');
  const { body: again } = await stage.add([message()], { defaultPriority: '3' });
  expect(again).toMatchObject({ queued: 1 });
});

test.each([
  [{ port: '587x' }, ['body', 'port']],
  [{ port: '' }, ['body', 'port']],
  [{ use_tls: 'maybe' }, ['body', 'use_tls']],
  [{ limit_per_minute: '30.5' }, ['body', 'limit_per_minute']],
  [{ ttl: '-1' }, ['body', 'ttl']],
])('%j is refused at its field', async (fields, loc) => {
  const { status, body } = await put(fields);
  expect({ status, body }).toMatchObject({ status: 422, body: { detail: [{ loc }] } });
});

test.each([
  [{ batch_code: 'x'.repeat(65) }, 'batch_code: is longer than 64 characters'],
  [{ batch_code: 7 }, 'batch_code: is not a string'],
  [{ headers: [] }, 'headers: is not an object'],
  [{ subject: '' }, 'missing subject'],
  [{ deferred_ts: 'soon' }, 'deferred_ts: is not a number'],
  [{ body: 5 }, 'body: is not a string'],
  [{ return_path: [] }, 'return_path: is not a string'],
  [{ message_id: ['a@b'] }, 'message_id: is not a string'],
])('the message with %j is rejected for "%s"', async (fields, reason) => {
  expect(await stage.reasonFor(message(fields))).toBe(reason);
});

test.each([
  [{ body: 'x', text: '', html: '' }],
  [{ body: '', html: '<b>x</b>' }],
  [{ body: '', text: 'x', html: '<b>x</b>' }],
  [{ body: '', html: 'true' }],
  [{ body: '', text: '', html: '' }],
])('an empty body, text or html beside a filled one counts as absent: %j', async (fields) => {
  expect(await stage.reasonFor(message(fields))).toBeUndefined();
});

test('a login without a method, as null, is none', async () => {
  const fields = { id: 'shop', client_auth: { method: null, token: null } };
  expect((await stage.service.api('POST', '/tenant', fields)).status).toBe(200);
  expect(await tenant()).toMatchObject({ client_auth: { method: 'none' } });
});

test('a URL in place of a path is refused with the field that it belongs in', async () => {
  const { status, body } = await stage.service.api<Misfit>('PUT', '/tenant/shop', {
    client_sync_path: 'https://shop.example.com/sync',
  });
  expect(status).toBe(422);
  expect(body.detail).toMatchObject([
    { loc: ['body', 'client_sync_path'], msg: expect.stringContaining('client_base_url') },
  ]);
});
