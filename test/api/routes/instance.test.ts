// The admin sees and alters the installation: secrets are hidden, and bad settings are refused by name.
import { beforeAll, expect, test } from 'vitest';
import { type ApiStage, type Misfit, setApiStage } from '../../support/stage/api-stage.js';
import { query } from '../../support/stage/tables.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage();
});

const get = async (path: string) => (await stage.service.api('GET', path)).body;
const put = (path: string, body: object) => stage.service.api('PUT', path, body);
const revision = async () => {
  const [row] = await query(stage.database, 'SELECT bounce_revision FROM instance');
  return Number(row?.bounce_revision);
};

const whole = {
  enabled: true,
  imap_host: 'imap.example.com',
  imap_port: 143,
  imap_user: 'bounces',
  imap_password: 'm4ilbox-secret',
  imap_folder: 'Returned mail',
  imap_ssl: false,
  imap_starttls: true,
  after_reading: 'move',
  move_folder: 'Read',
  poll_interval: 30,
  return_path: 'bounces@shop.example',
};
const bare = {
  enabled: false,
  imap_port: 993,
  imap_folder: 'INBOX',
  imap_ssl: true,
  imap_starttls: false,
  after_reading: 'leave',
  move_folder: 'Bounces',
  poll_interval: 60,
};
/** How the mailbox fares, beside its settings. */
const health = { state: expect.any(String), mails_read: 0, bounces_read: 0 };
const prefixed = (fields: object) =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [`bounce_${name}`, value]));
const nulls = (fields: object) => Object.fromEntries(Object.keys(fields).map((name) => [name, null]));

test('a new installation has the names and defaults that clients know', async () => {
  expect(await get('/instance')).toEqual({
    id: 1,
    name: 'mail-proxy',
    ...prefixed(bare),
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    updated_at: expect.any(String),
  });
  expect(await get('/instance/bounce')).toEqual({ ...bare, ...health });
});

test('a reload is refused until the mailbox has a server', async () => {
  for (const path of ['/instance/bounce/reload', '/instance/reload-bounce']) {
    expect(await stage.service.api('POST', path)).toMatchObject({
      status: 400,
      body: { detail: 'imap_host is not set' },
    });
  }
});

test('settings put at one of the two paths are shown at both, without the password; null restores the defaults', async () => {
  const shown = { ...whole, imap_password: '***' };
  expect(await put('/instance/bounce', whole)).toMatchObject({ status: 200, body: { ok: true } });
  expect(await get('/instance/bounce')).toEqual({ ...shown, ...health });
  expect(await get('/instance')).toMatchObject(prefixed(shown));

  expect((await put('/instance/bounce', nulls(whole))).status).toBe(200);
  expect(await get('/instance/bounce')).toEqual({ ...bare, ...health });

  expect((await put('/instance', { name: 'post office', ...prefixed(whole) })).status).toBe(200);
  expect(await get('/instance/bounce')).toEqual({ ...shown, ...health });
  expect((await put('/instance', { name: null, ...prefixed(nulls(whole)) })).status).toBe(200);
  expect(await get('/instance')).toMatchObject({ name: 'mail-proxy', ...prefixed(bare) });
});

test('omitted settings stay, an empty change is valid, and *** leaves the password as it is', async () => {
  const sealed = async () =>
    (await query(stage.database, 'SELECT bounce_imap_password AS p FROM instance'))[0]?.p;
  await put('/instance/bounce', whole);
  const before = await sealed();
  expect(before).toMatch(/^v1:/);
  expect((await put('/instance/bounce', { imap_password: '***', poll_interval: 5 })).status).toBe(200);
  expect((await put('/instance', { bounce_imap_password: '***' })).status).toBe(200);
  expect((await put('/instance', {})).status).toBe(200);
  expect(await sealed()).toBe(before);
  expect(await get('/instance/bounce')).toEqual({
    ...whole,
    ...health,
    imap_password: '***',
    poll_interval: 5,
  });
  await put('/instance/bounce', { imap_password: 'another' });
  expect(await sealed()).not.toBe(before);
  await put('/instance/bounce', { imap_password: '' });
  expect(await get('/instance/bounce')).not.toHaveProperty('imap_password');
});

test('a change and a reload raise the revision of the mailbox', async () => {
  const numbers = [await revision()];
  const calls = [
    () => put('/instance/bounce', { imap_host: 'imap.example.org' }),
    () => put('/instance', { bounce_enabled: true }),
    () => stage.service.api('POST', '/instance/bounce/reload'),
    () => stage.service.api('POST', '/instance/reload-bounce'),
  ];
  for (const call of calls) {
    expect((await call()).status).toBe(200);
    numbers.push(await revision());
  }
  expect(numbers.every((n, i) => i === 0 || n > (numbers[i - 1] ?? n))).toBe(true);
  await put('/instance', { name: 'office' });
  expect(await revision()).toBe(numbers.at(-1));
});

test('a reload answers as the original does', async () => {
  await put('/instance/bounce', { imap_host: 'imap.example.org' });
  for (const path of ['/instance/bounce/reload', '/instance/reload-bounce']) {
    expect((await stage.service.api('POST', path)).body).toEqual({ ok: true, error: null });
  }
});

test.each([
  ['enabled', ['maybe', 2]],
  ['imap_host', ['a b', 'http://x', 'x:993', 5]],
  ['imap_port', [-1, 65_536, 1.5, 'imap']],
  ['imap_user', [5, 'a\u0000', 'x'.repeat(1001)]],
  ['imap_password', [5, 'a\nb', 'x'.repeat(10_001)]],
  ['imap_folder', [5, 'a\r\nb', 'x'.repeat(256)]],
  ['imap_ssl', ['maybe', 2]],
  ['poll_interval', [-1, 86_401, 1.5, '60s']],
  ['return_path', ['nobody', 'a@b.example, c@d.example', 'a@b\r\n', 5]],
])('a bad %s is answered 422 with its name at both paths, and changes nothing', async (field, values) => {
  const before = await get('/instance');
  const faultOf = async (path: string, name: string, value: unknown) => {
    const { status, body } = await put(path, { [name]: value });
    return { value, status, at: (body as unknown as Misfit).detail[0]?.loc.join('.') };
  };
  for (const value of values) {
    const own = await faultOf('/instance/bounce', field, value);
    expect(own).toEqual({ value, status: 422, at: `body.${field}` });
    const prefixedOne = await faultOf('/instance', `bounce_${field}`, value);
    expect(prefixedOne).toEqual({ value, status: 422, at: `body.bounce_${field}` });
  }
  expect(await get('/instance')).toEqual(before);
});

test.each([
  ['name', [5, 'a\nb', 'x'.repeat(256)]],
  ['api_token', ['short', 'with a space', 'ünïcödé-token', 5, 'x'.repeat(1001)]],
])('a bad %s is answered 422 with its name', async (field, values) => {
  for (const value of values) {
    const { status, body } = await put('/instance', { [field]: value });
    expect({ value, status }).toEqual({ value, status: 422 });
    expect((body as unknown as Misfit).detail[0]?.loc).toEqual(['body', field]);
  }
});

test('an admin token set by GMP_API_TOKEN cannot be changed over HTTP, and such a call changes nothing', async () => {
  await put('/instance', { name: 'before' });
  const { status, body } = await put('/instance', { name: 'after', api_token: 'another-admin-token' });
  expect(status).toBe(409);
  expect(body).toEqual({ detail: expect.stringMatching(/GMP_API_TOKEN.*unset/) });
  expect(await get('/instance')).toMatchObject({ name: 'before' });
  expect((await put('/instance', { name: 'after', api_token: null })).status).toBe(200);
});
