// How accounts are doing is told to the admin of all tenants, and to a tenant of its own accounts alone.
import { beforeAll, expect, test } from 'vitest';
import { type ApiStage, message, setApiStage } from '../../../support/stage/api-stage.js';

interface State {
  tenant_id: string;
  account_id?: string;
  state: string;
  windows: { window: string; limit: number; used?: number; opens_ts?: number }[];
  queued: Record<string, number>;
  breaker?: { state: string; reason: string; smtp_code?: number };
  errors?: { smtp_code?: number; count: number; error: string }[];
}

let stage: ApiStage;
let keys: Record<string, string>;
beforeAll(async () => {
  stage = await setApiStage({
    GMP_SMTP_HOST: '127.0.0.1',
    GMP_SMTP_PORT: '9',
    GMP_SMTP_LIMIT_PER_HOUR: '100',
  });
  const [good, bad] = await Promise.all([
    stage.sink(),
    stage.sink({ onMail: () => ({ code: 421, message: '4.7.0 too many' }) }),
  ]);
  keys = {};
  for (const tenant of ['shop', 'toys', 'bare']) keys[tenant] = await stage.tenant(tenant);
  await stage.account('shop', 'limited', { port: good.port, limit_per_day: 2 });
  await stage.account('shop', 'refused', { port: bad.port });
  await stage.account('toys', 'main', { limit_per_minute: 10 });
  const due = { deferred_ts: undefined };
  await stage.add([
    ...Array.from({ length: 3 }, () => message({ ...due, account_id: 'limited' })),
    message({ ...due, account_id: 'refused' }),
    message({ tenant_id: 'toys', account_id: 'main', priority: 'high' }),
  ]);
});

const get = async <T>(path: string, token?: string) =>
  (await stage.service.api<T>('GET', path, undefined, token === undefined ? {} : { token })).body;
const list = async (query = '', token?: string) =>
  get<{ accounts: State[]; next_cursor?: string }>(`/accounts/state?${query}`, token);
const names = ({ accounts }: { accounts: State[] }) =>
  accounts.map(({ tenant_id, account_id }) => `${tenant_id}/${account_id ?? ''}`);

test('the state of an account tells its full window, its breaker and its last errors', async () => {
  const limited = () => get<State>('/account/limited/state?tenant_id=shop');
  await expect.poll(async () => (await limited()).windows[0]?.opens_ts, { timeout: 20_000 }).toBeDefined();
  const { windows, state } = await limited();
  expect(state).toBe('limited');
  expect(windows).toEqual([{ window: 'day', limit: 2, used: 2, opens_ts: expect.any(Number) }]);
  expect((windows[0]?.opens_ts ?? 0) - Date.now() / 1000).toBeGreaterThan(80_000);
  // Counted now and then, so perhaps a moment ago.
  await expect
    .poll(async () => (await limited()).queued, { timeout: 20_000 })
    .toEqual({ immediate: 0, high: 0, medium: 1, low: 0 });
  const refused = () => get<State>('/account/refused/state?tenant_id=shop');
  await expect.poll(async () => (await refused()).state, { timeout: 20_000 }).toBe('breaker');
  const { breaker, errors } = await refused();
  expect(breaker).toMatchObject({ reason: expect.stringContaining('too many'), smtp_code: 421 });
  expect(errors).toMatchObject([{ smtp_code: 421, count: 1 }]);
});

test('the admin lists the accounts of all tenants on pages, those without accounts with the one of the installation', async () => {
  const all = ['bare/', 'shop/limited', 'shop/refused', 'toys/main'];
  expect(names(await list())).toEqual(all);
  const seen: string[] = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const page = await list(`limit=1${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    seen.push(...names(page));
    cursor = page.next_cursor;
  }
  expect(seen).toEqual(all);
  expect(names(await list('only=waiting&tenant_id=toys'))).toEqual(['toys/main']);
  expect((await list('only=limited')).accounts.map(({ state }) => state)).toEqual(['limited']);
  await stage.service.api('POST', '/commands/suspend?tenant_id=toys');
  expect(names(await list('only=suspended'))).toEqual(['toys/main']);
  await stage.service.api('POST', '/commands/activate?tenant_id=toys');
});

test("a tenant sees its own accounts alone, and not how much others use the installation's", async () => {
  expect(names(await list('', keys.shop))).toEqual(['shop/limited', 'shop/refused']);
  expect(names(await list('cursor=bare/', keys.shop))).toEqual(['shop/limited', 'shop/refused']);
  expect(names(await list('cursor=shop/refused', keys.shop))).toEqual([]);
  const foreign = await stage.service.api('GET', '/account/main/state', undefined, {
    token: keys.shop ?? '',
  });
  expect(foreign.status).toBe(404);
  expect((await list('', keys.bare)).accounts[0]?.windows).toEqual([{ window: 'hour', limit: 100 }]);
  expect((await list('tenant_id=bare')).accounts[0]?.windows).toEqual([
    { window: 'hour', limit: 100, used: 0 },
  ]);
});

test('a tenant that is not there, a cursor of another list and an unknown state are refused', async () => {
  for (const [query, status] of [
    ['tenant_id=nobody', 404],
    ['cursor=12', 422],
    ['only=broken', 422],
    ['limit=0', 422],
  ] as const)
    expect((await stage.service.api('GET', `/accounts/state?${query}`)).status).toBe(status);
});
