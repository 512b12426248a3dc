// The cache gives back what was kept, whole or not at all, to every process of the machine, within its time and size.
import { randomBytes } from 'node:crypto';
import {
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { readConfig } from '../../../src/config.js';
import { inBlocks } from '../../../src/send/attachments/cache/kept-content.js';
import { openCache } from '../../../src/send/attachments/cache/open-cache.js';
import { trimFolder } from '../../../src/send/attachments/cache/trim-folder.js';
import { tempFolder } from '../../support/programs/temp-folder.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { removeAtEnd } from '../../support/stage/clean-up.js';
import { type FakeClock, fakeClock } from '../../support/stage/fake-clock.js';
import { silentLog } from '../../support/stage/silent-log.js';

let folder: string;
let clock: FakeClock;
beforeEach(async () => {
  const temp = await tempFolder('cache');
  removeAtEnd(temp.remove);
  folder = temp.path;
  clock = fakeClock();
});

/** As a process opens it. */
function open(env: Record<string, string> = {}) {
  const config = readConfig({ GMP_ATTACHMENT_CACHE_DISK_DIR: folder, ...env });
  return openCache({ config, clock, log: silentLog });
}

const contentOf = (bytes: Buffer) => ({
  size: bytes.length,
  mimeType: 'image/png',
  validators: { url: 'https://files.example.com/a', etag: '"1"' },
  read: () => inBlocks(bytes),
  close: async () => undefined,
});

const keyOf = (n: number) => `${(n % 16).toString(16)}-${n}`;

async function read(cache: ReturnType<typeof open>, key: string): Promise<Buffer | undefined> {
  const found = await cache.find(key);
  if (found === undefined) return undefined;
  const blocks: Buffer[] = [];
  try {
    for await (const block of found.read()) blocks.push(block);
    return Buffer.concat(blocks);
  } finally {
    await found.close();
  }
}

const files = () =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('/'));
const fileOf = (key: string) => join(folder, key.charAt(0), key);

test('contents of any size come back, with what is known of them, also in another process', async () => {
  const [one, other] = [open(), open()];
  for (const [n, size] of [0, 1, 65_536, 102_400, 102_401, 3_000_000].entries()) {
    const bytes = randomBytes(size);
    await one.keep(keyOf(n), contentOf(bytes));
    for (const cache of [one, other, other]) {
      expect((await read(cache, keyOf(n)))?.equals(bytes)).toBe(true);
    }
    const found = await other.find(keyOf(n));
    expect(found).toMatchObject({ size, mimeType: 'image/png', validators: { etag: '"1"' } });
    await found?.close();
  }
  expect(await read(one, 'unknown')).toBeUndefined();
});

test('small contents are kept in memory, and large ones on disk alone', async () => {
  const cache = open({ GMP_ATTACHMENT_CACHE_DISK_THRESHOLD_KB: '1' });
  await cache.keep('a-small', contentOf(Buffer.alloc(1024)));
  await cache.keep('a-large', contentOf(Buffer.alloc(1025)));
  rmSync(join(folder, 'a'), { recursive: true });
  expect((await read(cache, 'a-small'))?.length).toBe(1024);
  expect(await read(cache, 'a-large')).toBeUndefined();
  await clock.advance(300_001);
  expect(await read(cache, 'a-small')).toBeUndefined();
});

test.each([
  ['cut off', (path: string) => truncateSync(path, statSync(path).size - 1000)],
  ['emptied', (path: string) => truncateSync(path, 0)],
  ['overwritten at its end', (path: string) => writeFileSync(path, 'other', { flag: 'a' })],
])('a file that was %s is taken for none, and is removed', async (_name, damage) => {
  const cache = open();
  await cache.keep('a-1', contentOf(randomBytes(200_000)));
  damage(fileOf('a-1'));
  expect(await read(cache, 'a-1')).toBeUndefined();
  expect(files()).toEqual([]);
});

test('a content with another byte is not given to its end, and the next message fetches it anew', async () => {
  const cache = open({ GMP_ATTACHMENT_CACHE_MEMORY_MAX_MB: '0' });
  await cache.keep('a-1', contentOf(randomBytes(200_000)));
  const bytes = readFileSync(fileOf('a-1'));
  bytes.writeUInt8(bytes.readUInt8(70_000) ^ 1, 70_000);
  writeFileSync(fileOf('a-1'), bytes);
  await expect(read(cache, 'a-1')).rejects.toMatchObject({ isTemporary: true });
  expect(await read(cache, 'a-1')).toBeUndefined();
});

test('a content is kept for its time after its last use', async () => {
  const cache = open({ GMP_ATTACHMENT_CACHE_DISK_TTL_SECONDS: '100' });
  const keep = (key: string) => cache.keep(key, contentOf(randomBytes(200_000)));
  await keep('a-used');
  await keep('a-unused');
  await clock.advance(60_000);
  expect(await read(cache, 'a-used')).toBeDefined();
  await clock.advance(60_000);
  expect(await read(cache, 'a-used')).toBeDefined();
  expect(await read(cache, 'a-unused')).toBeUndefined();
});

test('what is too much goes, those not used for the longest first; what a dead process left goes too', async () => {
  const cache = open({ GMP_ATTACHMENT_CACHE_DISK_MAX_MB: '1' });
  for (let n = 0; n < 8; n++) {
    await clock.advance(1000);
    await cache.keep(keyOf(n), contentOf(randomBytes(150_000)));
  }
  await waitFor('the surplus to go', () => files().length <= 6);
  expect(await read(cache, keyOf(0))).toBeUndefined();
  expect(await read(cache, keyOf(7))).toBeDefined();

  const unfinished = `${fileOf(keyOf(7))}.x.part`;
  writeFileSync(unfinished, 'half');
  const bounds = { now: clock.now(), ttlMs: 3_600_000, mostBytes: 1_000_000 };
  utimesSync(unfinished, bounds.now / 1000, bounds.now / 1000);
  await trimFolder(folder, bounds);
  expect(files()).toContain(unfinished.slice(folder.length + 1));
  await trimFolder(folder, { ...bounds, now: bounds.now + 600_000 });
  expect(files()).not.toContain(unfinished.slice(folder.length + 1));
  await trimFolder(folder, { ...bounds, now: bounds.now + 3_600_000 });
  expect(files()).toEqual([]);
});

test('a folder that cannot be written keeps nothing, and nothing fails', async () => {
  writeFileSync(join(folder, 'file'), '');
  const cache = open({ GMP_ATTACHMENT_CACHE_DISK_DIR: join(folder, 'file') });
  await cache.keep('a-1', contentOf(randomBytes(200_000)));
  expect(await read(cache, 'a-1')).toBeUndefined();
});
