// Creating and replacing tenants and accounts (contract section 6), and what they refuse.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startSmtpSink } from '../support/smtp-sink.js';
import { type Misfit, message, startWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.tenant('shop');
});
afterAll(() => world.stop());

const postTenant = (body: object) =>
  world.service.api<{ ok: boolean; api_key?: string }>('POST', '/tenant', body);
const postAccount = (body: object) =>
  world.service.api('POST', '/account', {
    id: 'main',
    tenant_id: 'shop',
    host: 'localhost',
    port: 25,
    ...body,
  });

async function faultsOf(answer: Promise<{ status: number; body: unknown }>): Promise<string[]> {
  const { status, body } = await answer;
  if (status !== 422) throw new Error(`${status} ${JSON.stringify(body)}`);
  return [...new Set((body as Misfit).detail.map(({ loc }) => loc.join('.')))];
}

describe('a tenant', () => {
  test('that is new gets a key of 43 characters that works at once; replacing it shows none and keeps it', async () => {
    const created = await postTenant({ id: 'new', name: 'New' });
    expect(created.status).toBe(200);
    expect(Object.keys(created.body).sort()).toEqual(['api_key', 'ok']);
    expect(created.body.api_key).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const token = String(created.body.api_key);
    expect((await world.list({}, { token })).status).toBe(200);
    const replaced = await postTenant({ id: 'new', name: 'Newer', active: true });
    expect(replaced.body).toEqual({ ok: true });
    await world.account('new', 'main');
    await world.add([message({ tenant_id: 'new' })], { token });
    expect((await world.list({}, { token })).body.messages[0]).toMatchObject({ tenant_name: 'Newer' });
  });

  test('that is created by several calls at once has one key', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => postTenant({ id: 'race' })));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(answers.filter(({ body }) => body.api_key !== undefined)).toHaveLength(1);
  });

  test('may have everything the contract names, and nulls for what it has not', async () => {
    const full = {
      id: 'A-z_09',
      name: 'Ünïcode 👋',
      client_base_url: 'https://app.example.com:8443/base',
      client_sync_path: '/sync',
      client_attachment_path: '/attachments',
      client_auth: { method: 'basic', user: 'u', password: 'p:w ü' },
      rate_limits: { hourly: 10, daily: 100 },
      large_file_config: {
        enabled: true,
        max_size_mb: 10.5,
        storage_url: 's3://bucket/path',
        public_base_url: 'https://files.example.com',
        file_ttl_days: 30,
        lifespan_after_download_days: 7,
        action: 'rewrite',
      },
      active: false,
      something_unknown: 1,
    };
    expect((await postTenant(full)).status).toBe(200);
    const nothing = Object.fromEntries(Object.keys(full).map((name) => [name, null]));
    expect((await postTenant({ ...nothing, id: 'x'.repeat(64), active: true })).status).toBe(200);
  });

  test.each([
    ['id', [undefined, null, '', ' ', 'a b', 'a/b', 'ü', 'a\n', 'a\u0000', 'x'.repeat(65), 5, '../a', 'a.b']],
    ['name', ['x'.repeat(256), 5, 'a\u0000', 'a\r\nb', '\ud800']],
    ['active', ['yes', 1, null]],
    [
      'client_base_url',
      [
        'app.example.com',
        'ftp://x',
        'http://',
        'http://a b',
        'http://x/\r\nX: y',
        'http://x/\u0000',
        'javascript:1',
        'file:///etc/passwd',
        'http://user:secret@x/',
        `http://x/${'y'.repeat(2000)}`,
        5,
      ],
    ],
    ['client_sync_path', ['sync', '/a b', '/\u0000', '/a\r\nb', 'http://x/', `/${'y'.repeat(500)}`, 5]],
    ['client_attachment_path', ['files', '/\u0000', 5]],
    ['client_auth', ['token', [], 5]],
    ['client_auth.method', [{ method: 'digest' }, { method: 5 }]],
    [
      'client_auth.token',
      [
        { method: 'bearer' },
        { method: 'bearer', token: '' },
        { method: 'bearer', token: 'a\r\nb' },
        { method: 'bearer', token: 'ü' },
        { method: 'bearer', token: 5 },
      ],
    ],
    [
      'client_auth.user',
      [
        { method: 'basic', password: 'x' },
        { method: 'basic', user: 'a:b' },
        { method: 'basic', user: 'a\u0000' },
      ],
    ],
    [
      'client_auth.password',
      [
        { method: 'basic', user: 'a', password: 'a\nb' },
        { method: 'basic', user: 'a', password: 5 },
      ],
    ],
    ['rate_limits.hourly', [{ hourly: -1 }, { hourly: 'many' }, { hourly: 1.5 }, { hourly: 1e12 }]],
    ['rate_limits.daily', [{ daily: -1 }]],
    ['rate_limits', [[], 'x', 5]],
    ['large_file_config.action', [{ action: 'delete' }]],
    ['large_file_config.storage_url', [{ storage_url: 'http://x' }, { storage_url: '/tmp' }]],
    ['large_file_config.max_size_mb', [{ max_size_mb: 0 }, { max_size_mb: 'x' }]],
  ])('with a bad %s is answered 422 with its name, and not created', async (field, values) => {
    const [name = ''] = field.split('.');
    for (const value of values) {
      const given = { id: 'refused', [name]: value };
      expect({ value, faults: await faultsOf(postTenant(given)) }).toEqual({
        value,
        faults: [`body.${field}`],
      });
    }
    expect(await faultsOf(postTenant({ id: '', name: 5, client_base_url: 'x' }))).toEqual([
      'body.id',
      'body.name',
      'body.client_base_url',
    ]);
    const account = { id: 'main', tenant_id: 'refused', host: 'localhost', port: 25 };
    expect((await world.service.api('POST', '/account', account)).status).toBe(404);
  });
});

describe('an account', () => {
  test('is answered with ok alone, created and replaced alike, and the last one counts', async () => {
    const sink = await startSmtpSink({ auth: { user: 'me', pass: 'right' } });
    const mine = { id: 'mine', host: sink.host, port: sink.port, user: 'me', use_tls: false };
    expect(await postAccount({ ...mine, password: 'wrong', port: 1 })).toMatchObject({
      status: 200,
      body: { ok: true },
    });
    const replaced = await postAccount({ ...mine, password: 'right' });
    expect(replaced.body).toEqual({ ok: true });
    await world.add([message({ account_id: 'mine', deferred_ts: undefined })]);
    await sink.waitFor(1);
    await sink.stop();
  });

  test('may have everything the contract names, and nulls for what it has not', async () => {
    const full = {
      user: 'ü',
      password: 'p ü',
      use_tls: true,
      ttl: 60,
      limit_per_minute: 1,
      limit_per_hour: 0,
      limit_per_day: 1000,
      limit_behavior: 'reject',
      batch_size: 5,
      on_in_doubt: 'hold',
      is_pec_account: false,
    };
    expect((await postAccount(full)).status).toBe(200);
    const nothing = {
      user: null,
      password: null,
      use_tls: null,
      limit_per_minute: null,
      limit_per_hour: null,
      limit_per_day: null,
      batch_size: null,
    };
    expect((await postAccount(nothing)).status).toBe(200);
  });

  test.each([
    'smtp.example.com',
    'localhost',
    'my_container',
    '192.0.2.1',
    '2001:db8::1',
    '::1',
    'bücher.example',
    'smtp.example.com.',
    'a--b.example',
  ])('may have the host %s', async (host) => {
    expect((await postAccount({ host })).status).toBe(200);
  });

  test.each([
    ['id', [undefined, null, '', 'x'.repeat(256), 5, 'a\u0000b', 'a\nb', '\ud800']],
    ['tenant_id', [5, 'a\u0000', '\udc00', 'x'.repeat(256), undefined, null]],
    [
      'host',
      [
        undefined,
        null,
        '',
        ' ',
        'a b',
        'http://x',
        'x/y',
        'user@x',
        'x:25',
        'a..b',
        '-a.b',
        'a\u0000',
        'x\r\n',
        `${'a.'.repeat(130)}b`,
        5,
      ],
    ],
    ['port', [undefined, null, 0, -1, 65_536, 99_999_999, 25.5, '25', 1e300, true]],
    ['user', [5, 'a\u0000', 'a\r\nb', 'x'.repeat(1001)]],
    ['password', [5, {}, 'a\u0000', 'a\nb', 'x'.repeat(10_001)]],
    ['use_tls', ['yes', 1, 'starttls']],
    ['ttl', [0, -1, 1.5, 86_401, '300']],
    ['limit_per_minute', [-1, 1.5, '10', 1e10, 1e300]],
    ['limit_per_hour', [-1]],
    ['limit_per_day', [-1]],
    ['limit_behavior', ['any', '', 5]],
    ['batch_size', [0, -1, 1.5]],
    ['on_in_doubt', ['forget', '', 5]],
  ])('with a bad %s is answered 422 with its name', async (field, values) => {
    for (const value of values) {
      const faults = await faultsOf(postAccount({ [field]: value }));
      expect({ value, faults }).toEqual({ value, faults: [`body.${field}`] });
    }
  });

  test('of a tenant that is not there is answered 404', async () => {
    const { status, body } = await postAccount({ tenant_id: 'nobody' });
    expect({ status, body }).toEqual({ status: 404, body: { detail: 'tenant not found' } });
  });

  test('of the same id belongs to each tenant alone', async () => {
    await world.tenant('neighbour');
    await world.account('neighbour', 'theirs');
    const given = message({ account_id: 'theirs' });
    expect((await world.add([given])).body.detail?.rejected[0]?.reason).toBe('account not found for tenant');
    await postAccount({ id: 'theirs' });
    expect((await world.add([given])).body.queued).toBe(1);
  });
});
