// The command log over HTTP: every changing call with its caller and its answer, without secrets, and the filters.
import { beforeAll, describe, expect, test } from 'vitest';
import { ADMIN_TOKEN } from '../../support/programs/service.js';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';
import { query } from '../../support/stage/tables.js';
import { documentedRoutes } from '../contract/documented-routes.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage({ GMP_START_ACTIVE: '0', GMP_TRUST_PROXY: '1', GMP_MAX_BODY_MB: '1' });
});

interface Logged {
  id: number;
  command_ts: number;
  endpoint: string;
  method: string;
  path: string;
  query: Record<string, string>;
  tenant_id?: string;
  payload: Record<string, unknown>;
  caller: string;
  token_name?: string;
  address: string;
  response_status: number;
}

interface Log {
  ok: true;
  commands: Logged[];
  total: number;
  next_cursor?: string;
}

const log = async (asked: Record<string, string | number>) =>
  (
    await stage.service.api<Log>(
      'GET',
      `/command-log?${new URLSearchParams(asked as Record<string, string>)}`,
    )
  ).body;
const call = (method: string, path: string, body?: unknown, token = ADMIN_TOKEN) =>
  stage.service.api(method, path, body, { token });

test('every changing route of the document has a name in the log', async () => {
  // Who opens a link to a file is nobody that the log could name.
  const routes = (await documentedRoutes(stage.service)).filter(
    ({ method, open }) => method !== 'GET' && !open,
  );
  await stage.tenant('all');
  const since = Math.floor(Date.now() / 1000);
  // Refused before it does anything, but noted.
  for (const { method, path } of routes) await call(method, path.replace('{id}', 'all'), 'not JSON');
  const noted = await log({ since_ts: since, limit: 1000 });
  for (const { method, path } of routes) {
    const found = noted.commands.find(
      (one) => one.method === method && one.path === path.replace('{id}', 'all'),
    );
    expect(found?.endpoint, `${method} ${path}`).toMatch(/^[a-z][A-Za-z]+$/);
  }
});

test('a call is logged with its caller, tenant, address, payload and answer', async () => {
  const key = await stage.tenant('who');
  await call('POST', '/tenant/who/api-key', { name: 'web' });
  await call('POST', '/commands/suspend?tenant_id=who&batch_code=spring');
  await stage.service.api('POST', '/commands/activate?batch_code=spring', undefined, {
    token: key,
    headers: { 'x-forwarded-for': '203.0.113.9, 2001:db8::7' },
  });
  const { commands, total } = await log({ tenant_id: 'who' });
  expect(total).toBe(commands.length);
  const admin = { caller: 'admin', address: '127.0.0.1', tenant_id: 'who', response_status: 200 };
  const ids = { id: expect.any(Number), command_ts: expect.any(Number) };
  const batch = { tenant_id: 'who', batch_code: 'spring' };
  expect(commands).toEqual([
    {
      ...admin,
      ...ids,
      endpoint: 'addTenant',
      method: 'POST',
      path: '/tenant',
      query: {},
      payload: { id: 'who' },
    },
    {
      ...admin,
      ...ids,
      endpoint: 'createApiKey',
      method: 'POST',
      path: '/tenant/who/api-key',
      query: {},
      payload: { name: 'web' },
    },
    {
      ...admin,
      ...ids,
      endpoint: 'suspend',
      method: 'POST',
      path: '/commands/suspend',
      query: batch,
      payload: batch,
    },
    {
      ...ids,
      endpoint: 'activate',
      method: 'POST',
      path: '/commands/activate',
      query: { batch_code: 'spring' },
      payload: { batch_code: 'spring' },
      tenant_id: 'who',
      caller: 'tenant',
      token_name: 'default',
      address: '2001:db8::7',
      response_status: 200,
    },
  ]);
  expect(Math.abs((commands[0]?.command_ts ?? 0) - Date.now() / 1000)).toBeLessThan(120);
});

test('refused calls are logged with their status; calls without a valid token and reading calls are not', async () => {
  const key = await stage.tenant('refused');
  await call('GET', '/messages?tenant_id=refused');
  await call('POST', '/commands/suspend?tenant_id=refused', undefined, 'wrong');
  await call('POST', '/account', { id: 'a', tenant_id: 'refused' });
  await call('POST', '/tenant', {}, key);
  await call('POST', '/commands/suspend?tenant_id=other', undefined, key);
  await call(
    'POST',
    '/commands/add-messages',
    { messages: [{ ...message(), body: 'x'.repeat(2_000_000) }] },
    key,
  );
  await call('PUT', '/tenant/refused', 'not JSON', key);
  const { commands } = await log({ tenant_id: 'refused' });
  expect(commands.map(({ endpoint, response_status }) => `${endpoint} ${response_status}`)).toEqual([
    'addTenant 200',
    'addAccount 422',
    'addTenant 403',
    'suspend 401',
    'addMessages 413',
    'updateTenant 422',
  ]);
});

test('no secret, no body and no attachment ever reaches the database in the log', async () => {
  const hush = 'hush-7f3a';
  const encoded = Buffer.from(hush).toString('base64');
  const key = await stage.tenant('quiet', { client_auth: { method: 'bearer', token: hush } });
  await stage.account('quiet', 'main', { user: 'u', password: hush });
  await call('PUT', '/account/main?tenant_id=quiet', { password: hush });
  await call('POST', '/account', { id: 'b', tenant_id: 'quiet', password: { not: hush }, host: '' });
  await call('PUT', '/tenant/quiet', { client_auth: { method: 'basic', user: 'u', password: hush } }, key);
  await call('PUT', '/instance/bounce', { imap_password: hush });
  await call('PUT', `/tenant/quiet?token=${hush}`, `{"client_auth": "${hush}"`, key);
  const attachments = [{ filename: 'a.txt', storage_path: `base64:${encoded}` }];
  const given = message({ tenant_id: 'quiet', body: hush, text: hush, html: hush, attachments });
  await stage.add([given]);
  await stage.add([given], { token: key, headers: { authorization: `Bearer ${hush}` } });
  const { commands } = await log({ tenant_id: 'quiet' });
  expect(commands.filter(({ endpoint }) => endpoint === 'addMessages')).toHaveLength(2);
  expect(commands.at(-1)?.payload).toMatchObject({
    messages: [{ id: given.id, tenant_id: 'quiet' }],
  });
  const rows = JSON.stringify(await query(stage.database, 'SELECT * FROM command_log'));
  for (const secret of [hush, encoded, key, ADMIN_TOKEN]) expect(rows).not.toContain(secret);
});

test('a thousand messages in one call take little room: only their number and ids are logged', async () => {
  await stage.tenant('big');
  await stage.account('big', 'main');
  const messages = Array.from({ length: 1000 }, () =>
    message({ tenant_id: 'big', batch_code: 'x'.repeat(64) }),
  );
  expect((await stage.add(messages)).body.queued).toBe(1000);
  const { commands } = await log({ tenant_id: 'big', endpoint_filter: 'addMessages' });
  expect(commands).toHaveLength(1);
  expect(commands[0]?.payload).toEqual({
    messages: { count: 1000, ids: messages.map(({ id }) => id) },
    truncated: true,
  });
  const [row] = await query(
    stage.database,
    "SELECT * FROM command_log WHERE endpoint = 'addMessages' AND tenant_id = 'big'",
  );
  expect(String(row?.payload).length).toBeLessThanOrEqual(65_536);
});

describe('the list', () => {
  test('filters by part of the name and by time, and pages with limit and cursor, oldest first', async () => {
    await stage.tenant('paged');
    for (let i = 0; i < 5; i++) await call('POST', `/commands/suspend?tenant_id=paged&batch_code=b${i}`);
    const all = await log({ tenant_id: 'paged' });
    expect(all.commands.map(({ endpoint }) => endpoint)).toEqual([
      'addTenant',
      ...Array<string>(5).fill('suspend'),
    ]);
    expect(await log({ tenant_id: 'paged', endpoint_filter: 'SUSP' })).toMatchObject({ total: 5 });
    const pages: Logged[] = [];
    let cursor: string | undefined;
    do {
      const page = await log({ tenant_id: 'paged', limit: 4, ...(cursor !== undefined && { cursor }) });
      expect(page.total).toBe(page.commands.length);
      pages.push(...page.commands);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(pages).toEqual(all.commands);
    const now = Math.floor(Date.now() / 1000);
    expect(await log({ tenant_id: 'paged', since_ts: now + 60 })).toMatchObject({ commands: [], total: 0 });
    expect(await log({ tenant_id: 'paged', until_ts: 1 })).toMatchObject({ commands: [], total: 0 });
    expect(await log({ tenant_id: 'paged', since_ts: now - 60, until_ts: now + 60 })).toMatchObject({
      total: 6,
    });
  });

  test('takes any limit and gives at most 1,000 entries; an invalid cursor is a 422', async () => {
    expect((await call('GET', '/command-log?limit=100000')).status).toBe(200);
    for (const asked of ['cursor=x', 'limit=-1', 'since_ts=soon'])
      expect((await call('GET', `/command-log?${asked}`)).status).toBe(422);
  });
});

test('an orderly stop right after an answer loses no entry of the log', async () => {
  const other = await setApiStage();
  await other.tenant('last');
  await other.service.term();
  const rows = await query(other.database, 'SELECT endpoint, tenant_id FROM command_log');
  expect(rows).toEqual([{ endpoint: 'addTenant', tenant_id: 'last' }]);
});
