// Creating and replacing tenants, and the input that is refused (contract section 6).
import { beforeAll, describe, expect, test } from 'vitest';
import { type ApiStage, type Misfit, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage();
});

const postTenant = (body: object) =>
  stage.service.api<{ ok: boolean; api_key?: string }>('POST', '/tenant', body);

async function faultsOf(answer: Promise<{ status: number; body: unknown }>): Promise<string[]> {
  const { status, body } = await answer;
  if (status !== 422) throw new Error(`${status} ${JSON.stringify(body)}`);
  return [...new Set((body as Misfit).detail.map(({ loc }) => loc.join('.')))];
}

describe('a tenant', () => {
  test('gets a key of 43 characters when it is new; replacing the tenant shows no key and leaves the key valid', async () => {
    const created = await postTenant({ id: 'new', name: 'New' });
    expect(created.status).toBe(200);
    expect(Object.keys(created.body).sort()).toEqual(['api_key', 'ok']);
    expect(created.body.api_key).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const token = String(created.body.api_key);
    expect((await stage.list({}, { token })).status).toBe(200);
    const replaced = await postTenant({ id: 'new', name: 'Newer', active: true });
    expect(replaced.body).toEqual({ ok: true });
    await stage.account('new', 'main');
    await stage.add([message({ tenant_id: 'new' })], { token });
    expect((await stage.list({}, { token })).body.messages[0]).toMatchObject({ tenant_name: 'Newer' });
  });

  test('that is created by several calls at once has one key', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => postTenant({ id: 'race' })));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(answers.filter(({ body }) => body.api_key !== undefined)).toHaveLength(1);
  });

  test('may have all fields of the contract, and null for any of them', async () => {
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
    ['active', ['maybe', 2, null]],
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
    ['client_sync_path', ['/a b', '/\u0000', '/a\r\nb', 'http://x/', `/${'y'.repeat(500)}`, 5]],
    ['client_attachment_path', ['a file', '/\u0000', 5]],
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
    ['large_file_config.max_size_mb', [{ max_size_mb: -1 }, { max_size_mb: 'x' }]],
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
    expect((await stage.service.api('POST', '/account', account)).status).toBe(404);
  });
});
