// What the first start makes, a later start finds: admin token and encryption key, each made once and never again.
import { randomUUID } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { refusedStart } from '../../support/programs/refused-start.js';
import type { Service } from '../../support/programs/service.js';
import { tempFolder } from '../../support/programs/temp-folder.js';
import { emptyDatabase } from '../../support/stage/databases.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query, tablesOf } from '../../support/stage/tables.js';

const key = Buffer.alloc(32, 7).toString('base64');
const otherKey = Buffer.alloc(32, 8).toString('base64');
const tokenFile = /^Admin token: written to (\S+), which only its owner can read$/m;

/** The token that this start wrote, undefined: it wrote none. */
function tokenOf(service: Pick<Service, 'output'>): string | undefined {
  const [, file] = tokenFile.exec(service.output()) ?? [];
  return file && readFileSync(file, 'utf8').trim();
}

let stage: Stage;
beforeEach(async () => {
  stage = await setStage({ database: await emptyDatabase() });
  file = join(folder.path, randomUUID());
});

const folder = await tempFolder('first-start');
afterAll(folder.remove);
let file: string;
const settings = { GMP_ENCRYPTION_KEY: key, GMP_API_TOKEN: '' };
const start = (more: Record<string, string>) =>
  stage.service({ ...settings, GMP_ADMIN_TOKEN_FILE: file, ...more });
const statusWith = async (service: Service, token: string) =>
  (await service.api('GET', '/status', undefined, { token })).status;

test('/ready is 200 after the start, and /health tells the version', async () => {
  const service = await start({});
  const ready = await service.api('GET', '/ready', undefined, { token: null });
  expect(ready).toMatchObject({ status: 200, body: { ok: true, database: 'ok', redis: 'ok' } });
  const health = await service.api('GET', '/health', undefined, { token: null });
  expect(health).toMatchObject({ status: 200, body: { status: 'ok', version: expect.any(String) } });
  expect(await service.term()).toBe(0);
});

test('without GMP_API_TOKEN the first start writes an admin token to a file once, and it keeps working', async () => {
  const first = await start({});
  const token = tokenOf(first) ?? '';
  expect(await statusWith(first, token)).toBe(200);
  expect(await first.term()).toBe(0);
  expect(first.output()).not.toContain(token);
  expect(statSync(file).mode & 0o777).toBe(0o600);

  const second = await start({});
  expect(await statusWith(second, token)).toBe(200);
  expect(await statusWith(second, `${token}x`)).toBe(401);
  await second.term();
  expect(second.output()).not.toMatch(/Admin token/);

  const [stored] = await query(stage.database, 'SELECT * FROM instance');
  expect(Object.values(stored ?? {}).join(' ')).not.toContain(token);
});

test('GMP_API_TOKEN takes the place of the generated token while it is set', async () => {
  const first = await start({});
  const token = tokenOf(first) ?? '';
  await first.term();
  const second = await start({ GMP_API_TOKEN: 'one-of-my-own' });
  expect(await statusWith(second, 'one-of-my-own')).toBe(200);
  expect(await statusWith(second, token)).toBe(401);
  await second.term();
  expect(second.output()).not.toMatch(/Admin token/);
});

test('another encryption key is refused, and the refused start uses up no admin token', async () => {
  const first = await start({ GMP_API_TOKEN: 'one-of-my-own' });
  await first.term();

  const { code, lines } = await refusedStart({
    GMP_DB_PATH: stage.database.path,
    GMP_REDIS_URL: stage.redis.url,
    GMP_ENCRYPTION_KEY: otherKey,
  });
  expect(lines).toEqual(['GMP_ENCRYPTION_KEY is not the key this database was encrypted with']);
  expect(code).toBe(1);

  const later = await start({});
  const token = tokenOf(later) ?? '';
  expect(await statusWith(later, token)).toBe(200);
  await later.term();
});

test('two services that start at the same moment on an empty database both come up', async () => {
  const set = { ...settings, GMP_ADMIN_TOKEN_FILE: file };
  const services = await Promise.all([stage.program(set), stage.program(set)]);
  expect(await tablesOf(stage.database)).toContain('messages');
  const tokens = services.flatMap((service) => tokenOf(service) ?? []);
  expect(tokens).toHaveLength(1);
  expect(await Promise.all(services.map((service) => statusWith(service, tokens[0] ?? '')))).toEqual([
    200, 200,
  ]);
  expect(await Promise.all(services.map((service) => service.term()))).toEqual([0, 0]);
});
