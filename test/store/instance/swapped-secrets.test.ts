// A sealed secret that is put into another row, or into the column of another kind, is opened by nothing that uses it.
import { beforeAll, expect, test } from 'vitest';
import { putAccount } from '../../../src/store/accounts/change.js';
import { findSendingAccounts } from '../../../src/store/accounts/sending-accounts.js';
import { openAttachmentAuth, sealAttachmentAuth } from '../../../src/store/attachments/attachment-auth.js';
import { findMailbox } from '../../../src/store/bounce-mailboxes/find-mailbox.js';
import { type Sql, sql } from '../../../src/store/db/sql.js';
import { run } from '../../../src/store/db/transaction.js';
import { openFileLogin } from '../../../src/store/files/large-files.js';
import { sealedSecrets } from '../../../src/store/secrets/sealed-secrets.js';
import { findAttachmentTarget } from '../../../src/store/tenants/attachment-target.js';
import { putTenant } from '../../../src/store/tenants/change.js';
import { findLargeFileRules } from '../../../src/store/tenants/storage-secret.js';
import { freshStore, type StoreContext } from '../../support/stage/open-store.js';

let ctx: StoreContext;
beforeAll(async () => {
  ({ ctx } = await freshStore());
  for (const id of ['shop', 'other']) {
    await putTenant(ctx, id, {
      client_base_url: 'https://shop.example',
      client_auth: { method: 'bearer', token: `${id} client` },
      large_file_config: {
        enabled: true,
        storage_url: 's3://files',
        storage_auth: { user: 'u', password: `${id} storage` },
      },
    });
    for (const account of ['main', 'second']) {
      const [imap_host, imap_user] = ['imap.example', 'u'];
      const passwords = { password: `${id} ${account}`, imap_password: `${id} ${account} imap` };
      await putAccount(ctx, id, account, { host: 'h', port: 25, imap_host, imap_user, ...passwords });
    }
  }
});

/** What each user of a secret of tenant `shop` and its account `main` gets. */
const users = {
  password: async () =>
    (await findSendingAccounts(ctx, [{ tenantId: 'shop', accountId: 'main' }]))[0]?.password,
  imap_password: async () => {
    const mailbox = await findMailbox(ctx, 'shop/main');
    return ctx.secrets.open(mailbox?.sealedPassword ?? '', mailbox?.passwordPlace ?? []);
  },
  client_secret: async () => (await findAttachmentTarget(ctx, 'shop'))?.auth.token,
  storage_secret: async () => (await findLargeFileRules(ctx, 'shop'))?.login?.password,
};
type Column = keyof typeof users;

const own: Record<Column, string> = {
  password: 'shop main',
  imap_password: 'shop main imap',
  client_secret: 'shop client',
  storage_secret: 'shop storage',
};

const accountRow = (column: string, tenant: string, id: string) =>
  sql`(SELECT x.${{ password: sql`password`, imap_password: sql`imap_password` }[column] ?? sql`id`}
    FROM accounts x WHERE x.tenant_id = ${tenant} AND x.id = ${id})`;
const tenantRow = (column: string, id: string) =>
  column === 'client_secret'
    ? sql`(SELECT x.client_secret FROM tenants x WHERE x.id = ${id})`
    : sql`(SELECT x.storage_secret FROM tenants x WHERE x.id = ${id})`;

/** Every sealed secret that is not the column's own. */
function othersOf(column: Column): [name: string, value: Sql][] {
  const accounts = ['password', 'imap_password'].flatMap((name) =>
    ['shop', 'other'].flatMap((tenant) =>
      ['main', 'second'].map((id): [string, Sql] => [
        `${name} ${tenant} ${id}`,
        accountRow(name, tenant, id),
      ]),
    ),
  );
  const tenants = ['client_secret', 'storage_secret'].flatMap((name) =>
    ['shop', 'other'].map((id): [string, Sql] => [`${name} ${id}`, tenantRow(name, id)]),
  );
  return [...accounts, ...tenants].filter(
    ([name]) => name !== `${column} shop main` && name !== `${column} shop`,
  );
}

const put = (column: Column, value: Sql): Sql =>
  ({
    password: sql`UPDATE accounts SET password = ${value} WHERE tenant_id = 'shop' AND id = 'main'`,
    imap_password: sql`UPDATE accounts SET imap_password = ${value} WHERE tenant_id = 'shop' AND id = 'main'`,
    client_secret: sql`UPDATE tenants SET client_secret = ${value} WHERE id = 'shop'`,
    storage_secret: sql`UPDATE tenants SET storage_secret = ${value} WHERE id = 'shop'`,
  })[column];

const wrongKey = { code: 'wrong_encryption_key' };

test.each(Object.keys(users) as Column[])('%s', async (column) => {
  const stands = await storedIn(column);
  expect(await users[column]()).toBe(own[column]);
  for (const [name, value] of othersOf(column)) {
    await ctx.db.transaction({ put: run(put(column, value)) });
    await expect(users[column](), name).rejects.toMatchObject(wrongKey);
    await ctx.db.transaction({ put: run(put(column, sql`${stands}`)) });
  }
  expect(await users[column]()).toBe(own[column]);
});

async function storedIn(column: Column): Promise<string> {
  const account = await ctx.db.read.account.findFirstOrThrow({ where: { tenantId: 'shop', id: 'main' } });
  const tenant = await ctx.db.read.tenant.findFirstOrThrow({ where: { id: 'shop' } });
  const { password, imapPassword } = account;
  const { clientSecret, storageSecret } = tenant;
  const stored = { password, imap_password: imapPassword, client_secret: clientSecret };
  return { ...stored, storage_secret: storageSecret }[column] ?? '';
}

test('what an attachment is fetched with opens for its place in its submission alone, and a login of a file for that file', () => {
  const sealed = sealAttachmentAuth(ctx, 'r1', 0, { method: 'bearer', token: 't' });
  expect(openAttachmentAuth(ctx, 'r1', 0, sealed)).toMatchObject({ token: 't' });
  for (const [revision, n] of [
    ['r2', 0],
    ['r1', 1],
  ] as const)
    expect(() => openAttachmentAuth(ctx, revision, n, sealed)).toThrow(expect.objectContaining(wrongKey));
  for (const secret of [sealed, ctx.secrets.seal('{}', ['large_file.login', 'f2', 'f2'])])
    expect(() => openFileLogin(ctx, { id: 'f1', storageUrl: 'file:///x', secret }, null)).toThrow(
      expect.objectContaining(wrongKey),
    );
});

test('no two kinds of secrets are sealed alike, but for the two that change places', () => {
  const kinds = Object.values(sealedSecrets).map(({ kind }) => kind);
  const twice = kinds.filter((kind, at) => kinds.indexOf(kind) !== at);
  expect(twice).toEqual(['tenant.webhook_secret']);
});
