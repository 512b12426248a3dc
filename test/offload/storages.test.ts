// Every storage takes a file as a whole, gives parts of it, signs links to it, and forgets it: on servers of each kind.
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadPackage } from '../../src/offload/storage/load-package.js';
import { openStorage } from '../../src/offload/storage/open-storage.js';
import type { Storage, StoredFile } from '../../src/offload/storage/storage.js';
import { tempFolder } from '../support/programs/temp-folder.js';
import { removeAtEnd } from '../support/stage/clean-up.js';
import { azuriteLogin, startAzurite } from '../support/storages/azurite.js';
import { gcsLogin, startGcs } from '../support/storages/gcs.js';
import { s3Login, startS3 } from '../support/storages/s3.js';

const bytes = randomBytes(3_000_000);

function fileOf(read: StoredFile['read']): StoredFile {
  const hash = createHash('sha256').update(bytes).digest('hex');
  return { size: bytes.length, hash, filename: 'Plan für "Müller".pdf', mimeType: 'application/pdf', read };
}

async function* blocks() {
  for (let at = 0; at < bytes.length; at += 256 * 1024) yield bytes.subarray(at, at + 256 * 1024);
}

/** A source that fails in the middle. */
async function* broken() {
  yield bytes.subarray(0, 1_000_000);
  throw new Error('the source ended');
}

async function all(read: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of read) parts.push(part);
  return Buffer.concat(parts);
}

const kinds = {
  file: async () => {
    const temp = await tempFolder('storage');
    removeAtEnd(temp.remove);
    return openStorage(`file://${join(temp.path, 'files')}`, undefined);
  },
  s3: async () => openStorage(`s3://files/in/here?endpoint=${await startS3()}`, s3Login),
  gs: async () => openStorage(`gs://files/in/here?endpoint=${await startGcs()}`, gcsLogin),
  az: async () => openStorage(`az://files/in/here?endpoint=${await startAzurite()}`, azuriteLogin),
};

describe.each(Object.entries(kinds))('%s', (kind, open) => {
  let storage: Storage;
  beforeAll(async () => {
    storage = await open();
    removeAtEnd(async () => storage.close?.());
  });

  test('takes a file, gives it whole and in parts, and forgets it', async () => {
    expect(await storage.sizeOf('acme/1')).toBeUndefined();
    await storage.put('acme/1', fileOf(blocks), new AbortController().signal);
    expect(await storage.sizeOf('acme/1')).toBe(bytes.length);
    expect((await all(storage.read('acme/1', { from: 0, to: bytes.length - 1 }))).equals(bytes)).toBe(true);
    const part = await all(storage.read('acme/1', { from: 100, to: 70_000 }));
    expect(part.equals(bytes.subarray(100, 70_001))).toBe(true);
    for (const _ of ['there', 'gone already']) await storage.remove('acme/1');
    expect(await storage.sizeOf('acme/1')).toBeUndefined();
    await expect(all(storage.read('acme/1', { from: 0, to: 5 }))).rejects.toThrow(
      /refused|could not be read/,
    );
  });

  test('has nothing of a file whose source breaks off, or that is cut', async () => {
    await expect(storage.put('acme/2', fileOf(broken), new AbortController().signal)).rejects.toThrow();
    await expect(storage.put('acme/2', fileOf(blocks), AbortSignal.abort())).rejects.toThrow();
    expect(await storage.sizeOf('acme/2')).toBeUndefined();
  });

  test.runIf(kind !== 'file')('signs links that open for a browser, and for nothing else', async () => {
    await storage.put('acme/3', fileOf(blocks), new AbortController().signal);
    const validMs = 3_600_000;
    const { filename, mimeType } = fileOf(blocks);
    const url = await storage.link?.('acme/3', {
      filename,
      mimeType,
      validMs,
      expiresAt: Date.now() + validMs,
    });
    const answer = await fetch(url ?? '');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toContain(
      "filename*=UTF-8''Plan%20f%C3%BCr%20%22M%C3%BCller%22.pdf",
    );
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
    const other = await fetch(String(url).replace('acme/3', 'acme/4'));
    expect(other.status).toBeGreaterThanOrEqual(400);
  });
});

test('a storage that is away, refuses, or has no login is told in words without addresses', async () => {
  const put = async (url: string, login: object | undefined) =>
    (await openStorage(url, login)).put('a/b', fileOf(blocks), new AbortController().signal);
  await expect(put('s3://files?endpoint=http://127.0.0.1:1', s3Login)).rejects.toThrow(
    'the storage cannot be reached (ECONNREFUSED',
  );
  const endpoint = await startS3();
  await expect(put(`s3://none?endpoint=${endpoint}`, s3Login)).rejects.toThrow(
    'the storage refused (404 NoSuchBucket)',
  );
  await expect(put(`s3://files?endpoint=${endpoint}`, { user: 'nobody', password: 'x' })).rejects.toThrow(
    'the storage refused (403 InvalidAccessKeyId)',
  );
  await expect(put('az://files', undefined)).rejects.toThrow(
    'az:// needs the account and its key in storage_auth',
  );
  await expect(put('gs://files', { password: '{}' })).rejects.toThrow(
    'is not the JSON key of a service account',
  );
});

test('a package that is not installed is named', async () => {
  const missing = 'a-package-that-nobody-has';
  await expect(loadPackage(missing, () => import(missing))).rejects.toThrow(`npm install ${missing}`);
});
