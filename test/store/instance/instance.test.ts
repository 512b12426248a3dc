// The first start fixes the encryption key, the admin token and the initial settings of the installation.
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { hashToken, openSecrets } from '../../../src/secrets.js';
import {
  findAdminTokenHash,
  isInstalled,
  makeAdminToken,
  openInstance,
} from '../../../src/store/instance/instance.js';
import { placeOf, sealedSecrets } from '../../../src/store/secrets/sealed-secrets.js';
import { tempFolder } from '../../support/programs/temp-folder.js';
import { freshStore, type StoreContext } from '../../support/stage/open-store.js';

let ctx: StoreContext;
const folder = await tempFolder('instance');
afterAll(folder.remove);
beforeEach(async () => {
  const { ctx: opened } = await freshStore();
  ctx = { ...opened, config: { ...opened.config, adminTokenFile: join(folder.path, 'token') } };
});

const withToken = (apiToken: string): StoreContext => ({ ...ctx, config: { ...ctx.config, apiToken } });
const withOtherKey = (): StoreContext => ({ ...ctx, secrets: openSecrets(Buffer.alloc(32, 8)) });

test('the first start generates an admin token, of which only the hash is stored; later starts keep it', async () => {
  expect(await isInstalled(ctx)).toBe(false);
  const uid = await openInstance(ctx);
  const { token = '', file } = (await makeAdminToken(ctx)) ?? {};
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(file).toBe(ctx.config.adminTokenFile);
  expect(await findAdminTokenHash(ctx)).toBe(hashToken(token));
  expect(await openInstance(ctx)).toBe(uid);
  expect(await makeAdminToken(ctx)).toBeUndefined();
  expect(await findAdminTokenHash(ctx)).toBe(hashToken(token));
  expect(await isInstalled(ctx)).toBe(true);
  const row = await ctx.db.read.instance.findUniqueOrThrow({ where: { id: 1 } });
  expect(Object.values(row).join(' ')).not.toContain(token);
});

test('of ten concurrent first starts one generates the token', async () => {
  const opened = await Promise.all(
    Array.from({ length: 10 }, async () => ({
      uid: await openInstance(ctx),
      token: (await makeAdminToken(ctx))?.token,
    })),
  );
  expect(new Set(opened.map(({ uid }) => uid)).size).toBe(1);
  const made = opened.flatMap(({ token }) => token ?? []);
  expect(made.map(hashToken)).toEqual([await findAdminTokenHash(ctx)]);
});

test('a token in the settings is not stored; a token is generated at the first start without it', async () => {
  await openInstance(withToken('my-own-token'));
  expect(await makeAdminToken(withToken('my-own-token'))).toBeUndefined();
  expect(await findAdminTokenHash(ctx)).toBeNull();
  expect((await makeAdminToken(ctx))?.token).toMatch(/^[\w-]{43}$/);
});

test('a start with another encryption key is refused and changes nothing, so that no token is lost', async () => {
  await openInstance(withToken('my-own-token'));
  const before = await ctx.db.read.instance.findMany();
  await expect(openInstance(withOtherKey())).rejects.toMatchObject({ code: 'wrong_encryption_key' });
  expect(await ctx.db.read.instance.findMany()).toEqual(before);
});

test('the first start takes over the GMP_BOUNCE_ settings, the password sealed; later starts change nothing', async () => {
  const bounce = {
    bounceEnabled: true,
    bounceImapHost: 'imap.example',
    bounceImapPort: 143,
    bounceImapUser: 'bounces',
    bounceImapPassword: 'very-secret',
    bounceImapFolder: 'Returned',
    bounceImapSsl: false,
    bouncePollInterval: 30,
    bounceReturnPath: 'bounces@shop.example',
  };
  await openInstance({ ...ctx, config: { ...ctx.config, ...bounce } });
  await openInstance({ ...ctx, config: { ...ctx.config, bounceImapHost: 'other.example' } });
  const row = await ctx.db.read.instance.findUniqueOrThrow({ where: { id: 1 } });
  expect(row).toMatchObject({ ...bounce, bounceImapPassword: expect.stringMatching(/^v1:/) });
  expect(ctx.secrets.open(row.bounceImapPassword ?? '', placeOf(sealedSecrets.bouncePassword, '1'))).toBe(
    'very-secret',
  );
});
