// Tenants and accounts: a key for a new tenant only, secrets sealed, and nothing of one tenant reaches another.
import { beforeEach, expect, test } from 'vitest';
import { hashToken } from '../../../src/secrets.js';
import { findDefaultAccount } from '../../../src/store/accounts/accounts.js';
import { putAccount } from '../../../src/store/accounts/change.js';
import { findSendingAccounts } from '../../../src/store/accounts/sending-accounts.js';
import { findReportTarget } from '../../../src/store/events/report-target.js';
import { deleteTenant, putTenant } from '../../../src/store/tenants/change.js';
import { findToken } from '../../../src/store/tenants/tokens.js';
import { addTenant, freshStore, type StoreContext } from '../../support/stage/open-store.js';

let ctx: StoreContext;
beforeEach(async () => {
  const store = await freshStore({ GMP_SMTP_HOST: 'relay.example', GMP_SMTP_PORT: '2525' });
  ctx = store.ctx;
  return store.remove;
});

const account = { host: 'smtp.example', port: 587 };

test('a new tenant gets a key that opens its door; a tenant that was there before gets none', async () => {
  const { newToken } = await putTenant(ctx, 'shop', {});
  expect(await findToken(ctx, hashToken(newToken ?? ''))).toMatchObject({ tenantId: 'shop' });
  expect(await putTenant(ctx, 'shop', { name: 'The shop' })).toEqual({ newToken: undefined });
  expect(await findToken(ctx, hashToken(newToken ?? ''))).toMatchObject({ tenantId: 'shop' });
});

test('of ten creations of one tenant at once one is given a key', async () => {
  const made = await Promise.all(Array.from({ length: 10 }, () => putTenant(ctx, 'shop', {})));
  expect(made.filter(({ newToken }) => newToken !== undefined)).toHaveLength(1);
  expect(await ctx.db.read.tenantToken.count()).toBe(1);
});

test('a token that has expired, or that nobody gave out, belongs to nobody', async () => {
  const { newToken } = await putTenant(ctx, 'shop', {});
  const hash = hashToken(newToken ?? '');
  const expiresAt = BigInt(ctx.clock.now() + 1000);
  await ctx.db.write((client) => [client.tenantToken.update({ where: { hash }, data: { expiresAt } })]);
  expect(await findToken(ctx, hash)).toMatchObject({ tenantId: 'shop' });
  ctx.clock.at += 1000;
  expect(await findToken(ctx, hash)).toBeUndefined();
  expect(await findToken(ctx, hashToken('nobody'))).toBeUndefined();
});

test.each([
  [{ method: 'bearer', token: 'very-secret' }],
  [{ method: 'basic', user: 'app', password: 'very-secret' }],
] as const)('credentials for reports are stored sealed and come back whole: %o', async (auth) => {
  await putTenant(ctx, 'shop', { client_base_url: 'https://shop.example/', client_auth: auth });
  const target = await findReportTarget(ctx, 'shop');
  expect(target).toEqual({ url: 'https://shop.example/mail-proxy/sync', auth, shared: false });
  const row = await ctx.db.read.tenant.findUniqueOrThrow({ where: { id: 'shop' } });
  expect(Object.values(row).join(' ')).not.toContain('very-secret');
});

test('a tenant without an endpoint, or that is not there, has no target for reports', async () => {
  await putTenant(ctx, 'shop', {});
  expect(await findReportTarget(ctx, 'shop')).toBeUndefined();
  expect(await findReportTarget(ctx, 'nobody')).toBeUndefined();
});

test('an account of a tenant that is not there, or no longer, is not made', async () => {
  expect(await putAccount(ctx, 'nobody', 'main', account)).toBe(false);
  await putTenant(ctx, 'shop', {});
  const [made, deleted] = await Promise.all([
    putAccount(ctx, 'shop', 'main', account),
    deleteTenant(ctx, 'shop'),
  ]);
  expect([typeof made, deleted]).toEqual(['boolean', true]);
  expect(await putAccount(ctx, 'shop', 'main', account)).toBe(false);
});

test("an account's password is stored sealed; the account that replaces it is another version", async () => {
  await putTenant(ctx, 'shop', {});
  await putAccount(ctx, 'shop', 'main', { ...account, user: 'u', password: 'very-secret' });
  const key = { tenantId: 'shop', accountId: 'main' };
  const [before] = await findSendingAccounts(ctx, [key]);
  expect(before).toMatchObject({ host: 'smtp.example', user: 'u', password: 'very-secret' });
  const row = await ctx.db.read.account.findFirstOrThrow();
  expect(Object.values(row).join(' ')).not.toContain('very-secret');

  ctx.clock.at += 1;
  await putAccount(ctx, 'shop', 'main', { ...account, port: 25 });
  const [after] = await findSendingAccounts(ctx, [key]);
  expect(after).toMatchObject({ port: 25, user: undefined, password: undefined });
  expect(after?.version).not.toBe(before?.version);
});

test("accounts come in the order asked for, each tenant's own, and without a name the instance's", async () => {
  await Promise.all([addTenant(ctx, 'a'), addTenant(ctx, 'b')]);
  await putAccount(ctx, 'b', 'main', { ...account, host: 'b.example' });
  const keys = [
    { tenantId: 'b', accountId: 'main' },
    { tenantId: 'a', accountId: 'gone' },
    { tenantId: 'a', accountId: null },
    { tenantId: 'a', accountId: 'main' },
  ];
  const found = await findSendingAccounts(ctx, keys);
  expect(found.map((one) => one?.host)).toEqual(['b.example', undefined, 'relay.example', '127.0.0.1']);
});

test('a message without an account goes through the only one, else through the one called default', async () => {
  await putTenant(ctx, 'shop', {});
  const found: (string | null)[] = [await findDefaultAccount(ctx, 'shop')];
  for (const id of ['main', 'second', 'default']) {
    await putAccount(ctx, 'shop', id, account);
    found.push(await findDefaultAccount(ctx, 'shop'));
  }
  expect(found).toEqual([null, 'main', null, 'default']);
});
