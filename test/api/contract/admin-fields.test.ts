// Fields that the routes declare to be the admin's cannot be changed with a tenant's token: made from the OpenAPI document.
import { beforeAll, expect, test } from 'vitest';
import { type DocumentedBody, documentedBodies, putAt } from '../../support/http/body-fields.js';
import { type ApiStage, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
let routes: DocumentedBody[];
beforeAll(async () => {
  stage = await setApiStage({ GMP_START_ACTIVE: '0' });
  routes = await documentedBodies(stage.service);
});

/** The fields with this mark, of the routes that a tenant may call. */
const fieldsOf = (writer: string) =>
  routes
    .filter(({ operation }) => !operation.security.some((one) => Object.values(one).flat().includes('admin')))
    .flatMap(({ method, path, fields }) =>
      fields
        .filter(({ schema }) => schema['x-writable-by'] === writer)
        .map(({ path: field }) => ({ method, path, field, name: `${method} ${path} ${field.join('.')}` })),
    );

/** What the admin sets, and what a tenant would like instead. A new admin field needs a line here. */
const samples: Record<string, [set: unknown, others: unknown[]]> = {
  active: [true, [false]],
  rate_limits: [
    { hourly: 10, daily: 100 },
    [null, {}, { hourly: 11, daily: 100 }, { hourly: 10 }, { daily: 100, hourly: 0 }],
  ],
  limits: [{ max_accounts: 10 }, [null, {}, { max_accounts: 11 }, { max_accounts: 10, max_queued: 0 }]],
  'large_file_config.storage_url': ['s3://admin/files', [null, 's3://tenant/files', 's3://admin/FILES']],
  'large_file_config.storage_auth': [
    { user: 'admin', password: 'hush' },
    [null, { user: 'tenant', password: '***' }, { user: 'admin', password: 'other' }],
  ],
  limit_per_minute: [5, [null, 0, 6]],
  limit_per_hour: [50, [null, 0, 51]],
  limit_per_day: [500, [null, 0, 501]],
};

test('the fields of the admin are these', () => {
  expect(fieldsOf('admin').map(({ name }) => name)).toEqual([
    'PUT /tenant/{id} rate_limits',
    'PUT /tenant/{id} limits',
    'PUT /tenant/{id} large_file_config.storage_url',
    'PUT /tenant/{id} large_file_config.storage_auth',
    'PUT /tenant/{id} active',
  ]);
  expect(fieldsOf('tenant-within-admin').map(({ name }) => name)).toEqual(
    ['POST /account', 'PUT /account/{id}'].flatMap((route) =>
      ['minute', 'hour', 'day'].map((per) => `${route} limit_per_${per}`),
    ),
  );
});

async function settle(id: string): Promise<string> {
  const token = await stage.tenant(id, {
    name: 'old',
    client_auth: { method: 'bearer', token: 'hush' },
    ...bodyOf(['active', 'rate_limits', 'limits']),
    ...bodyOf(['large_file_config.storage_url', 'large_file_config.storage_auth']),
  });
  await stage.account(id, 'main', {
    password: 'hush',
    user: 'u',
    ...bodyOf(['limit_per_minute', 'limit_per_hour', 'limit_per_day']),
  });
  return token;
}

function bodyOf(names: string[]): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const name of names) putAt(body, name.split('.'), samples[name]?.[0]);
  return body;
}

const shown = async (path: string) => {
  const { updated_at, ...rest } = (await stage.service.api(`GET`, path)).body;
  return rest;
};

test('a tenant that changes one is answered 403 with its name, and nothing of the call is done', async () => {
  const token = await settle('fields');
  const before = [await shown('/tenant/fields'), await shown('/account/main?tenant_id=fields')];
  for (const { method, path, field, name } of [...fieldsOf('admin'), ...fieldsOf('tenant-within-admin')]) {
    const sample = samples[field.join('.')];
    expect(sample, name).toBeDefined();
    for (const value of sample?.[1] ?? []) {
      const whole =
        method === 'POST' ? { id: 'main', host: '127.0.0.1', port: 2525, user: 'u', password: '***' } : {};
      const body: Record<string, unknown> = {
        ...whole,
        ...(path.startsWith('/tenant') ? { name: 'new' } : { ttl: 7 }),
      };
      putAt(body, field, value);
      const id = path.startsWith('/tenant') ? 'fields' : 'main';
      const answer = await stage.service.api(method, path.replace('{id}', id), body, { token });
      expect({ name, value, status: answer.status }).toEqual({ name, value, status: 403 });
      expect(answer.body.detail, name).toContain(field.join('.'));
    }
  }
  expect([await shown('/tenant/fields'), await shown('/account/main?tenant_id=fields')]).toEqual(before);
});

test('a tenant that clears the group of a field of the admin is answered 403, and one that leaves it out keeps it', async () => {
  const token = await settle('group');
  const put = (body: object) => stage.service.api('PUT', '/tenant/group', body, { token });
  expect(await put({ large_file_config: null })).toMatchObject({
    status: 403,
    body: {
      detail: 'Only the admin may change large_file_config.storage_url, large_file_config.storage_auth',
    },
  });
  expect((await put({ large_file_config: { action: 'reject' } })).status).toBe(200);
  expect(await shown('/tenant/group')).toMatchObject({
    large_file_config: {
      action: 'reject',
      storage_url: 's3://admin/files',
      storage_auth: { user: 'admin', password: '***' },
    },
  });
});

test('a tenant that sends back what it was shown is accepted, and so is one that lowers a limit', async () => {
  const token = await settle('echo');
  for (const path of ['/tenant/echo', '/account/main']) {
    const { body } = await stage.service.api('GET', path, undefined, { token });
    expect((await stage.service.api('PUT', path, body, { token })).status, path).toBe(200);
    const again = await stage.service.api('GET', path, undefined, { token });
    expect({ ...again.body, updated_at: 0 }).toEqual({ ...body, updated_at: 0 });
  }
  const { body } = await stage.service.api('GET', '/account/main', undefined, { token });
  expect((await stage.service.api('POST', '/account', body, { token })).status).toBe(200);
  const put = (fields: object) => stage.service.api('PUT', '/account/main', fields, { token });
  expect((await put({ limit_per_hour: 20 })).status).toBe(200);
  expect((await put({ limit_per_hour: 51 })).status).toBe(403);
  expect((await put({ limit_per_hour: 50 })).status).toBe(200);
  const bare = { id: 'main', host: '127.0.0.1', port: 2525, user: 'u', password: '***' };
  expect((await stage.service.api('POST', '/account', bare, { token })).status).toBe(200);
  expect(await shown('/account/main?tenant_id=echo')).toMatchObject({
    limit_per_minute: 5,
    limit_per_hour: 50,
    limit_per_day: 500,
  });
});

test('a tenant cannot delete an account with limits of the admin to make it anew; its own limits are its own', async () => {
  const token = await settle('anew');
  const api = (method: string, path: string, body?: object) =>
    stage.service.api(method, path, body, { token });
  expect((await api('DELETE', '/account/main')).status).toBe(403);
  const own = { id: 'own', host: 'smtp.example.com', port: 2525, limit_per_hour: 5 };
  expect((await api('POST', '/account', own)).status).toBe(200);
  expect((await api('PUT', '/account/own', { limit_per_hour: null })).status).toBe(200);
  expect((await api('DELETE', '/account/own')).status).toBe(200);
  // The admin lifts what it set.
  const lift = { limit_per_minute: null, limit_per_hour: 0, limit_per_day: null };
  expect((await stage.service.api('PUT', '/account/main?tenant_id=anew', lift)).status).toBe(200);
  expect((await api('PUT', '/account/main', { limit_per_hour: 1000 })).status).toBe(200);
  expect((await api('DELETE', '/account/main')).status).toBe(200);
});
