// Key rotation seals every secret with the current key, whatever comes between, and changes nothing else.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSecrets } from '../../../src/secrets.js';
import { updateAccount } from '../../../src/store/accounts/change.js';
import type { Transaction } from '../../../src/store/db/transaction.js';
import { openInstance } from '../../../src/store/instance/instance.js';
import { rotateSecrets } from '../../../src/store/instance/rotate-secrets.js';
import { updateInstance } from '../../../src/store/instance/settings.js';
import { placeOf, sealedSecrets } from '../../../src/store/secrets/sealed-secrets.js';
import { putTenant } from '../../../src/store/tenants/change.js';
import { findWebhookSecrets, renewWebhookSecret } from '../../../src/store/tenants/webhook-secrets.js';
import { type FreshDatabase, freshDatabase } from '../../support/stage/databases.js';
import { newYear, openStore, type StoreContext } from '../../support/stage/open-store.js';
import { silentLog } from '../../support/stage/silent-log.js';

const [oldKey, newKey] = [Buffer.alloc(32, 7), Buffer.alloc(32, 8)];

let database: FreshDatabase;
let before: StoreContext;
let ctx: StoreContext & { log: typeof silentLog };
beforeEach(async () => {
  database = await freshDatabase();
  before = { ...(await openStore(database.path)), secrets: openSecrets(oldKey) };
  ctx = { ...before, log: silentLog, secrets: openSecrets(newKey, [oldKey]) };
});
afterEach(async () => {
  await ctx.db.close();
  await database.drop();
});

/** More than two pages of accounts, and five secrets of other kinds. */
const accounts = 450;
const secrets = accounts + 5;

async function addSecrets(): Promise<void> {
  await openInstance(before);
  await updateInstance(before, { bounce: { imap_password: 'mailbox' } });
  await putTenant(before, 'shop', { client_auth: { method: 'bearer', token: 'client' } });
  await putTenant(before, 'bare', {});
  for (const previousUntil of [0, newYear + 60_000]) await renewWebhookSecret(before, 'shop', previousUntil);
  const [createdAt, updatedAt] = [1n, 1n];
  const fields = {
    host: 'h',
    port: 25,
    ttl: 300,
    limitBehavior: 'defer',
    onInDoubt: 'resend',
    createdAt,
    updatedAt,
  };
  const data = Array.from({ length: accounts }, (_, n) => ({
    ...fields,
    tenantId: n % 2 ? 'shop' : 'bare',
    id: `a${n}`,
    revision: `r${n}`,
    password: before.secrets.seal(`password ${n}`, placeOfPassword(n % 2 ? 'shop' : 'bare', `a${n}`)),
  }));
  const without = { ...fields, tenantId: 'shop', id: 'none', revision: 'none' };
  await before.db.writeModels((models) => [models.account.createMany({ data: [...data, without] })]);
}

function placeOfPassword(tenantId: string, id: string): string[] {
  return placeOf(sealedSecrets.accountPassword, tenantId, id);
}

/** All secrets as a process with only this key opens them. */
async function openAll(key: Buffer): Promise<Record<string, unknown>> {
  const alone = { ...ctx, secrets: openSecrets(key) };
  const { open } = alone.secrets;
  const instance = await ctx.db.read.instance.findUniqueOrThrow({ where: { id: 1 } });
  const tenant = await ctx.db.read.tenant.findUniqueOrThrow({ where: { id: 'shop' } });
  const all = await ctx.db.read.account.findMany({
    where: { password: { not: null } },
    orderBy: { id: 'asc' },
  });
  return {
    check: open(instance.keyCheck ?? '', placeOf(sealedSecrets.keyCheck, '1')),
    bounce: open(instance.bounceImapPassword ?? '', placeOf(sealedSecrets.bouncePassword, '1')),
    client: open(tenant.clientSecret ?? '', placeOf(sealedSecrets.clientSecret, 'shop')),
    webhook: await findWebhookSecrets(alone, 'shop'),
    passwords: all.map(({ tenantId, id, revision, updatedAt, password }) => [
      id,
      revision,
      updatedAt,
      open(password ?? '', placeOfPassword(tenantId, id)),
    ]),
  };
}

test('every kind of secret opens with the new key alone, revisions and times stay, and a second rotation does nothing', async () => {
  await addSecrets();
  const were = await openAll(oldKey);
  expect(await rotateSecrets(ctx)).toEqual({ rotated: secrets, unreadable: 0 });
  expect(await openAll(newKey)).toEqual(were);
  expect(await openInstance({ ...ctx, secrets: openSecrets(newKey) })).toBeDefined();
  expect(await rotateSecrets(ctx)).toEqual({ rotated: 0, unreadable: 0 });
});

test('after an interrupted rotation no start succeeds without the previous key, and the next rotation does the rest', async () => {
  await addSecrets();
  let writes = 0;
  const breaking = {
    ...ctx,
    db: {
      ...ctx.db,
      transaction: ((statements) => {
        writes += 1;
        return writes > 1 ? Promise.reject(new Error('killed')) : ctx.db.transaction(statements);
      }) as Transaction,
    },
  };
  await expect(rotateSecrets(breaking)).rejects.toThrow('killed');
  const alone = { ...ctx, secrets: openSecrets(newKey) };
  await expect(openInstance(alone)).rejects.toMatchObject({ code: 'wrong_encryption_key' });
  const { rotated } = await rotateSecrets(ctx);
  expect(rotated).toBeGreaterThan(0);
  expect(rotated).toBeLessThan(secrets);
  expect(await openAll(newKey)).toMatchObject({ check: 'mail-proxy', client: 'client' });
});

test('a secret that is changed or cleared between reading and writing keeps its new value', async () => {
  await addSecrets();
  let changed = false;
  const interfering = {
    ...ctx,
    db: {
      ...ctx.db,
      transaction: (async (statements) => {
        if (!changed) {
          changed = true;
          await updateAccount(ctx, 'bare', 'a0', { password: 'changed meanwhile' });
          await updateAccount(ctx, 'bare', 'a10', { password: null });
        }
        return ctx.db.transaction(statements);
      }) as Transaction,
    },
  };
  expect(await rotateSecrets(interfering)).toEqual({ rotated: secrets - 2, unreadable: 0 });
  const find = (id: string) =>
    ctx.db.read.account.findUniqueOrThrow({ where: { tenantId_id: { tenantId: 'bare', id } } });
  const { password } = await find('a0');
  expect(ctx.secrets.open(password ?? '', placeOfPassword('bare', 'a0'))).toBe('changed meanwhile');
  expect((await find('a10')).password).toBeNull();
});

test('two concurrent rotations share the work and lose nothing', async () => {
  await addSecrets();
  const both = await Promise.all([rotateSecrets(ctx), rotateSecrets(ctx)]);
  expect(both[0].rotated + both[1].rotated).toBe(secrets);
  expect(await openAll(newKey)).toMatchObject({ bounce: 'mailbox' });
});

test('a secret that no key opens is counted and left alone, and the others are rotated', async () => {
  await addSecrets();
  const password = openSecrets(Buffer.alloc(32, 9)).seal('lost', placeOfPassword('shop', 'a1'));
  await ctx.db.writeModels((models) => [
    models.account.updateMany({ where: { tenantId: 'shop', id: 'a1' }, data: { password } }),
  ]);
  expect(await rotateSecrets(ctx)).toEqual({ rotated: secrets - 1, unreadable: 1 });
  expect((await ctx.db.read.account.findFirstOrThrow({ where: { id: 'a1' } })).password).toBe(password);
});
