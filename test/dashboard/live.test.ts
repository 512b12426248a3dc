// The overview moves without a reload: each sees its own numbers, as long as the session lasts.
import { beforeAll, expect, test } from 'vitest';
import { hashToken } from '../../src/secrets.js';
import { logIn, type Watched, watchLive } from '../support/http/watch-live.js';
import { ADMIN_TOKEN } from '../support/programs/service.js';
import { type ApiStage, message, setApiStage } from '../support/stage/api-stage.js';
import { query } from '../support/stage/tables.js';

let stage: ApiStage;
let keys: Record<string, string>;
beforeAll(async () => {
  stage = await setApiStage();
  keys = { shop: await stage.tenant('shop'), other: await stage.tenant('other') };
  for (const tenant of ['shop', 'other']) await stage.account(tenant, 'main');
  await stage.add([message()]);
});

const watch = async (token: string, more?: string) =>
  watchLive(stage.service, await logIn(stage.service, token), more);

/** Reads figures until so many messages wait. */
async function waiting(watched: Watched, count: number): Promise<void> {
  for (;;) {
    const event = await watched.next('figures');
    if (event === undefined) throw new Error('the stream has ended');
    const { numbers } = JSON.parse(event.data) as { numbers: { name: string; value: string }[] };
    if (numbers.find(({ name }) => name === 'Messages waiting')?.value === String(count)) return;
  }
}

test('without script the page shows what needs attention, and every chart as a picture', async () => {
  const cookie = await logIn(stage.service, ADMIN_TOKEN);
  const load = async (path: string) =>
    (await fetch(stage.service.url + path, { headers: { cookie, accept: 'text/html' } })).text();
  const page = await load('/');
  expect(page.match(/<svg /g)).toHaveLength(4);
  expect(page).toContain('What needs attention');
  expect(page).not.toMatch(/<script(?![^>]*src=)|style=/);
  for (const range of ['day', 'week', 'quarter'])
    expect(await load(`/?range=${range}`)).toContain(`data-range="${range}"`);
});

test('who watches sees changes, a tenant its own alone', async () => {
  const [admin, shop, other] = await Promise.all([
    watch(ADMIN_TOKEN),
    watch(keys.shop ?? ''),
    watch(keys.other ?? '', '?range=week'),
  ]);
  expect(admin.response.headers.get('content-type')).toContain('text/event-stream');
  expect(await admin.next('attention')).toBeDefined();
  await waiting(shop, 1);
  await waiting(other, 0);
  await stage.add([message(), message({ tenant_id: 'other' }), message({ tenant_id: 'other' })]);
  await waiting(shop, 2);
  await waiting(other, 2);
  await waiting(admin, 4);
  for (const one of [admin, shop, other]) one.close();
});

test('a stream ends with its session: logged out elsewhere, expired, or its token replaced; others go on', async () => {
  const staying = await watch(ADMIN_TOKEN);
  await staying.next('figures');
  const tenants = ['leaving', 'late', 'passing'];
  const tokens = await Promise.all(tenants.map((id) => stage.tenant(id)));
  const ending = await Promise.all(tokens.map((token) => watch(token)));
  await Promise.all(ending.map((watched) => watched.next('figures')));
  const [leaving = '', late = ''] = tokens.map((token) => `WHERE credential = '${hashToken(token)}'`);
  await query(stage.database, `DELETE FROM dashboard_sessions ${leaving}`);
  await query(stage.database, `UPDATE dashboard_sessions SET expires_at = 1 ${late}`);
  await stage.service.api('POST', '/tenant/passing/api-key');
  for (const watched of ending) {
    expect(await watched.next('ended')).toBeDefined();
    expect(await watched.next('figures')).toBeUndefined();
  }
  await stage.add([message()]);
  expect(await staying.next('figures')).toBeDefined();
  staying.close();
});

test('so many streams of a session, and no more; a stream that is closed makes room', async () => {
  const cookie = await logIn(stage.service, keys.shop ?? '');
  const streams = await Promise.all(Array.from({ length: 50 }, () => watchLive(stage.service, cookie)));
  expect(streams.map(({ response }) => response.status)).toEqual(streams.map(() => 200));
  expect((await watchLive(stage.service, cookie)).response.status).toBe(429);
  streams[0]?.close();
  await expect
    .poll(
      async () => {
        const again = await watchLive(stage.service, cookie);
        again.close();
        return again.response.status;
      },
      { timeout: 20_000 },
    )
    .toBe(200);
  for (const stream of streams) stream.close();
});

test('without a session there is none', async () => {
  const answer = await fetch(`${stage.service.url}/dashboard/live`, { redirect: 'manual' });
  expect(answer.status).toBe(401);
});

test('the service stops without waiting for those who watch', async () => {
  const watched = await watch(ADMIN_TOKEN);
  await watched.next('figures');
  const stopped = stage.service.term();
  expect(await watched.next('never')).toBeUndefined();
  expect(await stopped).toBe(0);
});
