// Accounts: passwords are sealed, a replaced account is another version, and each tenant gets only its own.
import { beforeEach, expect, test } from 'vitest';
import { putAccount } from '../../../src/store/accounts/change.js';
import { findDefaultAccount } from '../../../src/store/accounts/default-account.js';
import { findSendingAccounts } from '../../../src/store/accounts/sending-accounts.js';
import { putTenant } from '../../../src/store/tenants/change.js';
import { deleteTenant } from '../../../src/store/tenants/delete.js';
import { addTenant, freshStore, type StoreContext } from '../../support/stage/open-store.js';

let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx } = await freshStore({ GMP_SMTP_HOST: 'relay.example', GMP_SMTP_PORT: '2525' }));
});

const account = { host: 'smtp.example', port: 587 };

test('an account of an unknown or deleted tenant is not created', async () => {
  expect(await putAccount(ctx, 'nobody', 'main', account)).toEqual({ kind: 'missing' });
  await putTenant(ctx, 'shop', {});
  const [made, deleted] = await Promise.all([
    putAccount(ctx, 'shop', 'main', account),
    deleteTenant(ctx, 'shop'),
  ]);
  expect([['done', 'missing'].includes(made.kind), deleted]).toEqual([true, true]);
  expect(await putAccount(ctx, 'shop', 'main', account)).toEqual({ kind: 'missing' });
});

test("an account's password is stored sealed; a replaced account has another version", async () => {
  await putTenant(ctx, 'shop', {});
  await putAccount(ctx, 'shop', 'main', { ...account, user: 'u', password: 'very-secret' });
  const key = { tenantId: 'shop', accountId: 'main' };
  const [before] = await findSendingAccounts(ctx, [key]);
  expect(before).toMatchObject({ host: 'smtp.example', user: 'u', password: 'very-secret' });
  const row = await ctx.db.read.account.findFirstOrThrow();
  expect(Object.values(row).join(' ')).not.toContain('very-secret');

  ctx.clock.at += 1;
  await putAccount(ctx, 'shop', 'main', { ...account, port: 25, password: null });
  const [after] = await findSendingAccounts(ctx, [key]);
  expect(after).toMatchObject({ port: 25, user: undefined, password: undefined });
  expect(after?.version).not.toBe(before?.version);
});

test("accounts are found in the order of the keys, each tenant's own, and without a name the instance's", async () => {
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

test('a message without an account goes through the first account, whatever accounts follow', async () => {
  await putTenant(ctx, 'shop', {});
  expect(await findDefaultAccount(ctx, 'shop')).toEqual({ kind: 'none', accounts: 0 });
  for (const id of ['main', 'second', 'default']) {
    await putAccount(ctx, 'shop', id, account);
    expect(await findDefaultAccount(ctx, 'shop')).toEqual({ kind: 'found', id: 'main' });
  }
});
