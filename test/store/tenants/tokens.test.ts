// A tenant has several tokens: each is replaced and revoked by its name, and its last use is recorded later.
import { beforeEach, expect, test } from 'vitest';
import { hashToken } from '../../../src/secrets.js';
import { putTenant } from '../../../src/store/tenants/change.js';
import { deleteTenant } from '../../../src/store/tenants/delete.js';
import { openTokenUse } from '../../../src/store/tenants/token-use.js';
import { findToken, listTokens, replaceToken, revokeTokens } from '../../../src/store/tenants/tokens.js';
import { freshStore, type StoreContext } from '../../support/stage/open-store.js';
import { silentLog } from '../../support/stage/silent-log.js';

let ctx: StoreContext;
let first: string;
beforeEach(async () => {
  ({ ctx } = await freshStore());
  const made = await putTenant(ctx, 'shop', {});
  first = (made.kind === 'done' && made.newToken) || '';
});

const give = async (name?: string, tenant = 'shop') =>
  (await replaceToken(ctx, tenant, { name, expiresAt: null }))?.token ?? '';
const nameOf = async (token: string) => (await findToken(ctx, hashToken(token)))?.name;
const all = { limit: 100, after: undefined };
const namesOf = async (tenant = 'shop') =>
  (await listTokens(ctx, tenant, all))?.entries.map(({ name }) => name);

test('a named token replaces the token of that name and no other', async () => {
  const [web, batch] = [await give('web'), await give('batch')];
  const newWeb = await give('web');
  expect(await Promise.all([first, web, batch, newWeb].map(nameOf))).toEqual([
    'default',
    undefined,
    'batch',
    'web',
  ]);
  expect(await namesOf()).toEqual(['batch', 'default', 'web']);
});

test('a token without a name replaces all tokens and gets the default name', async () => {
  const web = await give('web');
  const fresh = await give();
  expect(await Promise.all([first, web, fresh].map(nameOf))).toEqual([undefined, undefined, 'default']);
  expect(await namesOf()).toEqual(['default']);
});

test('of ten concurrent new tokens of one name exactly one stays valid', async () => {
  const tokens = await Promise.all(Array.from({ length: 10 }, () => give('web')));
  const valid = (await Promise.all(tokens.map(nameOf))).filter((name) => name !== undefined);
  expect(valid).toEqual(['web']);
});

test('revoking a token leaves the others; a missing tenant and a missing token are told apart', async () => {
  const [web, batch] = [await give('web'), await give('batch')];
  expect(await revokeTokens(ctx, 'shop', 'web')).toBeUndefined();
  expect(await Promise.all([first, web, batch].map(nameOf))).toEqual(['default', undefined, 'batch']);
  expect(await revokeTokens(ctx, 'shop', 'web')).toBe('no_token');
  expect(await revokeTokens(ctx, 'nobody', 'web')).toBe('no_tenant');
  expect(await revokeTokens(ctx, 'shop', undefined)).toBeUndefined();
  expect(await namesOf()).toEqual([]);
  expect(await revokeTokens(ctx, 'shop', undefined)).toBeUndefined();
  expect(await revokeTokens(ctx, 'nobody', undefined)).toBe('no_tenant');
});

test('tenants do not share token names, and tokens are deleted with their tenant', async () => {
  await putTenant(ctx, 'other', {});
  const [mine, theirs] = [await give('web'), await give('web', 'other')];
  await revokeTokens(ctx, 'other', 'web');
  expect(await Promise.all([mine, theirs].map(nameOf))).toEqual(['web', undefined]);
  await deleteTenant(ctx, 'shop');
  expect(await nameOf(mine)).toBeUndefined();
  expect(await listTokens(ctx, 'shop', all)).toBeUndefined();
  expect(await give('web', 'shop')).toBe('');
});

test('neither a token nor its hash is shown', async () => {
  const given = await replaceToken(ctx, 'shop', { name: 'web', expiresAt: ctx.clock.now() + 5000 });
  const token = given?.token ?? '';
  const shown = (await listTokens(ctx, 'shop', all))?.entries;
  const created_at = '2026-01-01T00:00:00Z';
  expect(shown).toEqual([
    { name: 'default', created_at },
    { name: 'web', created_at, expires_at: ctx.clock.now() / 1000 + 5 },
  ]);
  expect(JSON.stringify(shown)).not.toContain(token);
  expect(JSON.stringify(shown)).not.toContain(hashToken(token));
});

test('the last use is recorded once a minute at most, and at the latest when the process ends', async () => {
  const use = openTokenUse({ ...ctx, log: silentLog });
  const note = async () => {
    const token = await findToken(ctx, hashToken(first));
    if (token !== undefined) use.note(token);
  };
  const noted = async () => (await findToken(ctx, hashToken(first)))?.lastUsedAt;
  const firstUse = ctx.clock.now();
  await note();
  ctx.clock.at += 59_999;
  await note();
  await use.close();
  expect(await noted()).toBe(firstUse);

  const later = openTokenUse({ ...ctx, log: silentLog });
  later.note({ hash: hashToken(first), lastUsedAt: firstUse });
  await later.close();
  expect(await noted()).toBe(firstUse);
  ctx.clock.at += 1;
  const latest = openTokenUse({ ...ctx, log: silentLog });
  latest.note({ hash: hashToken(first), lastUsedAt: firstUse });
  latest.note({ hash: hashToken('gone'), lastUsedAt: null });
  await latest.close();
  expect(await noted()).toBe(firstUse + 60_000);
});
