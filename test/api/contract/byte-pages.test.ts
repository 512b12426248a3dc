// No list fills the memory: whatever its entries hold, a page ends at 4 MiB, and its `next_cursor` goes on from there.
import { beforeAll, expect, test } from 'vitest';
import { ADMIN_TOKEN } from '../../support/programs/service.js';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';
import { query } from '../../support/stage/tables.js';

const megabyte = 'x'.repeat(1_000_000);
const names = ['a', 'b', 'c', 'd', 'e', 'f'];

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage();
  for (const name of names) await stage.tenant(name);
  for (const name of names) await stage.account('a', name);
  await query(stage.database, `UPDATE tenants SET name = '${megabyte}'`);
  await query(stage.database, `UPDATE accounts SET host = '${megabyte}'`);
});

/** The entries of each page, and the bytes of the largest one. */
async function walk(path: string, list: string, more = ''): Promise<{ pages: object[][]; largest: number }> {
  const pages: object[][] = [];
  let largest = 0;
  for (let cursor = ''; ; ) {
    const answer = await stage.service.api<Record<string, object[]> & { next_cursor?: string }>(
      'GET',
      `${path}?${more}${cursor}`,
    );
    expect(answer.status).toBe(200);
    largest = Math.max(largest, JSON.stringify(answer.body).length);
    pages.push(answer.body[list] ?? []);
    const { next_cursor } = answer.body;
    if (next_cursor === undefined) return { pages, largest };
    cursor = `&cursor=${next_cursor}`;
  }
}

test.each([
  ['/tenants', 'tenants', 'id', ''],
  ['/accounts', 'accounts', 'id', 'tenant_id=a'],
])('%s has all entries once and in order, on pages of 4 MiB', async (path, list, key, more) => {
  const { pages, largest } = await walk(path, list, more);
  expect(pages.map((page) => page.map((one) => Reflect.get(one, key)))).toEqual([
    names.slice(0, 4),
    names.slice(4),
  ]);
  expect(largest).toBeLessThan(4.2 * 1024 * 1024);
});

test('/tenants/sync-status has all tenants once and in order, on pages of 4 MiB', async () => {
  const { pages } = await walk('/tenants/sync-status', 'tenants');
  expect(pages.map((page) => page.map((one) => Reflect.get(one, 'id')))).toEqual([
    names.slice(0, 4),
    names.slice(4),
  ]);
});

test('the events of a message are all there once and in order, on pages of 4 MiB', async () => {
  await stage.add([message({ id: 'eventful', tenant_id: 'a', account_id: 'a' })]);
  const from = "FROM messages WHERE id = 'eventful'";
  for (let n = 0; n < 6; n++)
    await query(
      stage.database,
      `INSERT INTO events (tenant_id, message_pk, message_id, type, at, description)
       SELECT tenant_id, pk, id, 'note${n}', 1, '${megabyte}' ${from}`,
    );
  const { pages, largest } = await walk('/messages/eventful/events', 'events', 'tenant_id=a');
  expect(pages.map((page) => page.map((one) => Reflect.get(one, 'event_type')))).toEqual([
    ['queued', 'note0', 'note1', 'note2', 'note3'],
    ['note4', 'note5'],
  ]);
  expect(largest).toBeLessThan(4.2 * 1024 * 1024);
  const bad = await stage.service.api('GET', '/messages/eventful/events?tenant_id=a&cursor=first');
  expect(bad).toMatchObject({ status: 422, body: { detail: [{ loc: ['query', 'cursor'] }] } });
});

test('the tokens of a tenant are all there once and in order, on pages of 4 MiB', async () => {
  const series =
    stage.database.kind === 'sqlite'
      ? 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)'
      : 'WITH n(i) AS (SELECT generate_series(1, 9000))';
  await query(
    stage.database,
    `INSERT INTO tenant_tokens (hash, tenant_id, name, created_at) ${series} SELECT 'hash' || i, 'a', 'k' || (100000 + i), 0 FROM n`,
  );
  const { pages } = await walk('/tenant/a/api-keys', 'api_keys');
  const found = pages.flat().map((one) => Reflect.get(one, 'name'));
  expect(pages.length).toBe(2);
  expect(found).toEqual([...new Set(found)].sort());
  expect(found).toHaveLength(9001);
});

test('an export of the command log has every call once and in order, also where a page ends at its bytes', async () => {
  for (const name of names)
    await query(
      stage.database,
      `INSERT INTO command_log (at, endpoint, method, path, tenant_id, caller, address, payload, status)
       VALUES (${Date.now()}, '${name}', 'POST', '/x', 'exported', 'admin', '', '{"text":"${megabyte}"}', 200)`,
    );
  const answer = await fetch(`${stage.service.url}/command-log/export?tenant_id=exported&format=ndjson`, {
    headers: { 'x-api-token': ADMIN_TOKEN },
  });
  const lines = (await answer.text()).trimEnd().split('\n');
  expect(lines.map((line) => Reflect.get(JSON.parse(line) as object, 'endpoint'))).toEqual(names);
});

test('a page has as many entries as it is asked for', async () => {
  const { pages } = await walk('/accounts', 'accounts', 'tenant_id=a&limit=2');
  expect(pages.map(({ length }) => length)).toEqual([2, 2, 2]);
});
