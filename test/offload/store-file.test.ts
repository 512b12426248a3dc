// A content of a tenant is uploaded once, whichever processes have it at the same time; another tenant's is a file of its own.
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { openMetrics } from '../../src/metrics.js';
import { openOffload } from '../../src/offload/open-offload.js';
import type { StoredFile } from '../../src/offload/storage/storage.js';
import { storeFile } from '../../src/offload/store-file.js';
import { tempFolder } from '../support/programs/temp-folder.js';
import { removeAtEnd } from '../support/stage/clean-up.js';
import { addTenant, asProcess, freshStore, type StoreContext } from '../support/stage/open-store.js';

let ctx: StoreContext;
let folder: string;
let uploads: string[];
beforeEach(async () => {
  ({ ctx } = await freshStore());
  await addTenant(ctx, 'shop');
  await addTenant(ctx, 'other');
  const temp = await tempFolder('store-file');
  removeAtEnd(temp.remove);
  folder = temp.path;
  uploads = [];
});

const bytes = randomBytes(300_000);

function fileOf(content: Buffer, beforeRead: Promise<void> = Promise.resolve()): StoredFile {
  return {
    size: content.length,
    hash: createHash('sha256').update(content).digest('hex'),
    filename: 'a.bin',
    mimeType: 'application/octet-stream',
    async *read() {
      await beforeRead;
      yield content;
    },
  };
}

/** @param onWait is called when this process waits for another one's upload */
function openProcess(id: string, onWait = () => {}) {
  const seen = asProcess(ctx, id);
  const clock = {
    ...seen.clock,
    sleep: async () => {
      onWait();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  const offload = openOffload({ clock, config: ctx.config });
  removeAtEnd(async () => offload.close());
  const metrics = {
    ...openMetrics(clock),
    offload: (result: string) => void uploads.push(`${id} ${result}`),
  };
  const process = { ...seen, clock, offload, metrics };
  const rules = { config: { storage_url: `file://${folder}` }, login: undefined };
  return (tenant: string, file: StoredFile) => storeFile(process, tenant, rules, `${id}/1`, file);
}

test('two processes with the same content at once upload it once', async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let second: Promise<string> | undefined;
  const uploading = fileOf(bytes, gate);
  const first = openProcess('one')('shop', {
    ...uploading,
    read() {
      // The first has begun, and ends only once the second waits for it.
      second ??= openProcess('two', open)('shop', fileOf(bytes));
      return uploading.read();
    },
  });
  const id = await first;
  expect(await second).toBe(id);
  expect(uploads).toEqual(['one uploaded', 'two reused']);
  expect(readdirSync(join(folder, 'shop'))).toEqual([id]);
  expect(readFileSync(join(folder, 'shop', id)).equals(bytes)).toBe(true);
});

test('the same content of another tenant is another file', async () => {
  const store = openProcess('one');
  const ids = [await store('shop', fileOf(bytes)), await store('other', fileOf(bytes))];
  expect(new Set(ids).size).toBe(2);
  expect([readdirSync(join(folder, 'shop')), readdirSync(join(folder, 'other'))]).toEqual(
    ids.map((id) => [id]),
  );
});
