// Tenants are shown, altered and deleted by callers who may do so, and by no others.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';

let stage: Stage;
let service: Service;

beforeAll(async () => {
  stage = await setStage();
  service = await stage.service();
});

async function addTenant(id: string, settings = {}): Promise<string> {
  const { body } = await service.api<{ api_key: string }>('POST', '/tenant', { id, ...settings });
  return body.api_key;
}

const account = { id: 'main', host: 'smtp.example.com', port: 587 };
const later = () => Math.floor(Date.now() / 1000) + 3600;
const mail = (tenant: string) => ({
  id: 'm1',
  tenant_id: tenant,
  account_id: 'main',
  from: 'a@example.com',
  to: 'b@example.org',
  subject: 'Later',
  deferred_ts: later(),
});

test('a tenant is shown without its secrets, to the admin and to itself', async () => {
  const auth = { method: 'basic', user: 'shop', password: 'topsecret' };
  const key = await addTenant('shown', {
    name: 'Shown',
    client_base_url: 'http://a.example',
    client_auth: auth,
  });
  const expected = {
    id: 'shown',
    name: 'Shown',
    client_base_url: 'http://a.example',
    client_auth: { method: 'basic', user: 'shop', password: '***' },
    active: true,
  };
  expect((await service.api('GET', '/tenant/shown')).body).toMatchObject(expected);
  expect((await service.api('GET', '/tenant/shown', undefined, { token: key })).body).toMatchObject(expected);
  const { body } = await service.api<{ tenants: { id: string }[] }>('GET', '/tenants');
  expect(body.tenants.find(({ id }) => id === 'shown')).toMatchObject(expected);
  expect(JSON.stringify(body)).not.toContain('topsecret');
});

test('null clears a setting and what is left out stays', async () => {
  await addTenant('altered', { name: 'Old', client_base_url: 'http://a.example', client_sync_path: '/x' });
  const put = await service.api('PUT', '/tenant/altered', { name: 'New', client_sync_path: null });
  expect(put).toMatchObject({ status: 200, body: { ok: true } });
  const { body } = await service.api('GET', '/tenant/altered');
  expect(body).toMatchObject({ name: 'New', client_base_url: 'http://a.example', active: true });
  expect(body).not.toHaveProperty('client_sync_path');
});

test('an empty change is valid, and null within a group of settings counts as left out', async () => {
  await addTenant('grouped', {
    client_auth: { method: 'basic', user: 'shop', password: 'topsecret' },
    rate_limits: { hourly: 10, daily: 100 },
    large_file_config: { enabled: true, action: 'reject', max_size_mb: 5 },
  });
  const shown = async () => (await service.api('GET', '/tenant/grouped')).body;
  const before = await shown();
  expect(await service.api('PUT', '/tenant/grouped', {})).toMatchObject({ status: 200, body: { ok: true } });
  expect(await shown()).toMatchObject({ ...before, updated_at: expect.any(String) });

  // A group is replaced as a whole.
  const change = {
    client_auth: { method: 'bearer', token: 'another', user: null, password: null },
    rate_limits: { hourly: null, daily: 50 },
    large_file_config: { enabled: true, action: null },
  };
  expect((await service.api('PUT', '/tenant/grouped', change)).status).toBe(200);
  expect(await shown()).toMatchObject({
    client_auth: { method: 'bearer', token: '***' },
    rate_limits: { daily: 50 },
    large_file_config: { enabled: true },
  });
  const { client_auth, rate_limits, large_file_config } = await shown();
  const groups = [client_auth, rate_limits, large_file_config].map((group) => Object.keys(group as object));
  expect(groups).toEqual([['method', 'token'], ['daily'], ['enabled']]);

  const cleared = { client_auth: null, rate_limits: null, large_file_config: null };
  expect((await service.api('PUT', '/tenant/grouped', cleared)).status).toBe(200);
  const bare = await shown();
  expect(bare.client_auth).toEqual({ method: 'none' });
  expect(Object.keys(bare)).not.toContain('rate_limits');
  expect(Object.keys(bare)).not.toContain('large_file_config');
});

test('only active tenants are listed when only those are asked for', async () => {
  await addTenant('resting', { active: false });
  const ids = async (query: string) =>
    (await service.api<{ tenants: { id: string }[] }>('GET', `/tenants${query}`)).body.tenants.map(
      ({ id }) => id,
    );
  expect(await ids('')).toContain('resting');
  expect(await ids('?active_only=true')).not.toContain('resting');
});

test("deleting a tenant takes its messages and accounts, and leaves another's of the same names", async () => {
  for (const tenant of ['first', 'second']) {
    await addTenant(tenant);
    await service.api('POST', '/account', { ...account, tenant_id: tenant });
    await service.api('POST', '/commands/add-messages', { messages: [mail(tenant)] });
  }
  expect(await service.api('DELETE', '/tenant/first')).toMatchObject({ status: 200, body: { ok: true } });
  expect((await service.api('GET', '/tenant/first')).status).toBe(404);
  expect((await service.api('GET', '/messages?tenant_id=first')).status).toBe(404);
  expect((await service.api('GET', '/messages?tenant_id=second')).body.messages).toHaveLength(1);
  const again = await service.api('POST', '/commands/add-messages', {
    messages: [{ ...mail('second'), id: 'm2' }],
  });
  expect(again.body).toMatchObject({ queued: 1 });
  expect((await service.api('DELETE', '/tenant/first')).status).toBe(404);
});

test('a new api key ends the old one at once, and an expired or revoked one is refused', async () => {
  const old = await addTenant('keyed');
  const status = async (token: string) =>
    (await service.api('GET', '/tenant/keyed', undefined, { token })).status;
  expect(await status(old)).toBe(200);
  const { body } = await service.api<{ api_key: string }>('POST', '/tenant/keyed/api-key');
  expect(body.api_key).toMatch(/^[\w-]{43}$/);
  expect(await status(old)).toBe(401);
  expect(await status(body.api_key)).toBe(200);
  const soon = { expires_at: 4_000_000_000 };
  const expired = await service.api<{ api_key: string }>('POST', '/tenant/keyed/api-key', soon);
  await query(stage.database, "UPDATE tenant_tokens SET expires_at = 1 WHERE tenant_id = 'keyed'");
  expect(await status(expired.body.api_key)).toBe(401);
  const fresh = await service.api<{ api_key: string }>('POST', '/tenant/keyed/api-key', {});
  expect(await service.api('DELETE', '/tenant/keyed/api-key')).toMatchObject({ status: 200 });
  expect(await status(fresh.body.api_key)).toBe(401);
  expect((await service.api('POST', '/tenant/nobody/api-key')).status).toBe(404);
});

test("a tenant's token opens neither the list, nor keys, nor another tenant", async () => {
  const key = await addTenant('outsider');
  await addTenant('target');
  const call = async (method: string, path: string) =>
    (await service.api(method, path, method === 'GET' ? undefined : {}, { token: key })).status;
  expect(await call('GET', '/tenants')).toBe(403);
  expect(await call('POST', '/tenant/outsider/api-key')).toBe(403);
  expect(await call('DELETE', '/tenant/outsider')).toBe(403);
  expect(await call('GET', '/tenant/target')).toBe(401);
  expect(await call('PUT', '/tenant/target')).toBe(401);
});
