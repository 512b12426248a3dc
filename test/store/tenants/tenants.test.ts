// Tenants: only a new tenant gets a token, and the credentials for its reports are sealed.
import { beforeEach, expect, test } from 'vitest';
import { hashToken } from '../../../src/secrets.js';
import { findReportTarget } from '../../../src/store/events/report-target.js';
import { putTenant, type TenantChange } from '../../../src/store/tenants/change.js';
import { findToken } from '../../../src/store/tenants/tokens.js';
import { freshStore, type StoreContext } from '../../support/stage/open-store.js';

let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx } = await freshStore());
});

const tokenOf = (made: TenantChange) => (made.kind === 'done' ? made.newToken : undefined);

test('a new tenant gets a valid token; a tenant that existed before gets none', async () => {
  const newToken = tokenOf(await putTenant(ctx, 'shop', {}));
  expect(await findToken(ctx, hashToken(newToken ?? ''))).toMatchObject({ tenantId: 'shop' });
  expect(await putTenant(ctx, 'shop', { name: 'The shop' })).toEqual({ kind: 'done' });
  expect(await findToken(ctx, hashToken(newToken ?? ''))).toMatchObject({ tenantId: 'shop' });
});

test('of ten concurrent creations of one tenant one returns a token', async () => {
  const made = await Promise.all(Array.from({ length: 10 }, () => putTenant(ctx, 'shop', {})));
  expect(made.filter((one) => tokenOf(one) !== undefined)).toHaveLength(1);
  expect(await ctx.db.read.tenantToken.count()).toBe(1);
});

test('an expired or unknown token belongs to no tenant', async () => {
  const newToken = tokenOf(await putTenant(ctx, 'shop', {}));
  const hash = hashToken(newToken ?? '');
  const expiresAt = BigInt(ctx.clock.now() + 1000);
  await ctx.db.writeModels((models) => [models.tenantToken.update({ where: { hash }, data: { expiresAt } })]);
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
  expect(target).toEqual({
    url: 'https://shop.example/mail-proxy/sync',
    auth,
    isTrusted: true,
    shared: false,
  });
  const row = await ctx.db.read.tenant.findUniqueOrThrow({ where: { id: 'shop' } });
  expect(Object.values(row).join(' ')).not.toContain('very-secret');
});

test('a tenant without an endpoint and an unknown tenant have no target for reports', async () => {
  await putTenant(ctx, 'shop', {});
  expect(await findReportTarget(ctx, 'shop')).toBeUndefined();
  expect(await findReportTarget(ctx, 'nobody')).toBeUndefined();
});
