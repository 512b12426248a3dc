// The command log keeps the fields that each route names, and nothing else: made from the routes, with a mark in every field.
import { beforeAll, expect, test } from 'vitest';
import { type DocumentedBody, documentedBodies, putAt } from '../../support/http/body-fields.js';
import { type ApiStage, setApiStage } from '../../support/stage/api-stage.js';
import { query } from '../../support/stage/tables.js';

let stage: ApiStage;
let routes: DocumentedBody[];
beforeAll(async () => {
  stage = await setApiStage({ GMP_START_ACTIVE: '0' });
  // The button of a download page is pressed by strangers, and changes no setting.
  const isDownload = (path: string) => path.startsWith('/download/');
  const all = (await documentedBodies(stage.service)).filter(({ path }) => !isDownload(path));
  routes = all.map((route) => ({
    ...route,
    fields: route.fields.filter(({ path }) => !route.fields.some((other) => isIn(other.path, path))),
  }));
});

/** Whether the first path leads to a part of the second. */
const isIn = (inner: string[], group: string[]) =>
  inner.length > group.length && group.every((name, at) => inner[at] === name);

const markOf = (path: string) => `zq-${path}-qz`;
const namesOf = (value: unknown) => value as string[];

/** The row of the log of a call with a mark in every field, documented or not. */
async function rowOf({ method, path, query: asked, fields }: DocumentedBody): Promise<string> {
  const body: Record<string, unknown> = {};
  for (const field of fields) putAt(body, field.path, markOf(field.path.join('.')), ['messages']);
  for (const group of [body, ...Object.values(body).flat()]) {
    if (typeof group === 'object' && group !== null)
      Object.assign(group, { brand_new: markOf('new'), __deep: { token: [markOf('new')] } });
  }
  const inQuery = new URLSearchParams({
    ...Object.fromEntries(asked.map((name) => [name, markOf(name)])),
    brand_new: markOf('new'),
  });
  const before = await query(stage.database, 'SELECT MAX(id) AS id FROM command_log');
  const answer = await stage.service.api(method, `${path.replace('{id}', 'nothing')}?${inQuery}`, body);
  expect(answer.status, `${method} ${path}`).toBeLessThan(500);
  await stage.service.api('GET', '/command-log?limit=1');
  const rows = await query(
    stage.database,
    `SELECT query, path, payload FROM command_log WHERE id > ${Number(before[0]?.id ?? 0)}`,
  );
  expect(rows).toHaveLength(1);
  return JSON.stringify(rows);
}

test('of every changing route the named fields are kept, and every other one is dropped or blanked', async () => {
  for (const route of routes) {
    const keeps = namesOf(route.operation['x-audit-keeps']);
    const row = await rowOf(route);
    const kept = [...row.matchAll(/zq-([a-z_.]+)-qz/g)].map(([, name]) => name);
    const known = [...route.fields.map(({ path }) => path.join('.')), ...route.query];
    const name = `${route.method} ${route.path}`;
    expect({ name, kept: [...new Set(kept)].sort() }).toEqual({
      name,
      kept: known.filter((one, at) => keeps.includes(one) && known.indexOf(one) === at).sort(),
    });
  }
  expect(routes.length).toBeGreaterThan(15);
});

test('no route keeps what people write, where mails go, what links to something, or a secret', () => {
  const never =
    /(^|[._])(subject|headers|body|text|html|content|attachments|from|from_addr|to|cc|bcc|reply_to|message_id|sync_path|attachment_path|token|password|secret)$/;
  const kept = routes.flatMap(({ operation }) => namesOf(operation['x-audit-keeps']));
  expect(kept.filter((name) => never.test(name))).toEqual([]);
  const adding = routes.find(({ path }) => path === '/commands/add-messages');
  expect(adding?.operation['x-audit-keeps']).toEqual([
    'default_priority',
    'messages.id',
    'messages.tenant_id',
    'messages.account_id',
    'messages.batch_code',
    'messages.priority',
    'messages.deferred_ts',
  ]);
});

test('a secret that was given or cleared is seen to be, without its value', async () => {
  await stage.tenant('shop');
  await stage.account('shop', 'main', { user: 'u', password: 'hush' });
  await stage.service.api('PUT', '/account/main?tenant_id=shop', { password: null });
  const { body } = await stage.service.api<{ commands: { payload: object }[] }>(
    'GET',
    '/command-log?tenant_id=shop&endpoint_filter=Account',
  );
  expect(body.commands.map(({ payload }) => payload)).toMatchObject([
    { id: 'main', password: '***' },
    { password: null, tenant_id: 'shop' },
  ]);
});
