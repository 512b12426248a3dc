// Puts a large file into the storage of its tenant, once for each content. It is whole there when the promise resolves.
import { randomUUID } from 'node:crypto';
import {
  claimFile,
  giveUpUpload,
  heldMs,
  markMissing,
  markStored,
  type NewFile,
  renewUpload,
} from '../store/files/large-files.js';
import type { LargeFileRules } from '../store/tenants/storage-secret.js';
import type { Needs } from './context.js';
import { type Storage, StorageFault, type StoredFile } from './storage/storage.js';

type StoreFileNeeds = Needs<'db' | 'clock' | 'config' | 'secrets' | 'metrics' | 'offload'>;

/** How often another process is asked whether it has finished the upload of the same content. */
const askEveryMs = 500;

/** What the file is called in its storage. */
export function nameInStorage(tenantId: string, fileId: string): string {
  return `${tenantId}/${fileId}`;
}

/**
 * The row comes first: when this process dies, the removal of files finds it, and removes what is in the storage.
 * @param uploader the same at every repetition of the call
 * @returns the id of the file
 * @throws StorageFault
 */
export async function storeFile(
  ctx: StoreFileNeeds,
  tenantId: string,
  { config, login }: LargeFileRules,
  uploader: string,
  file: StoredFile,
): Promise<string> {
  const { storage_url: storageUrl } = config;
  if (storageUrl === undefined) throw new StorageFault('large_file_config has no storage_url');
  const storage = await ctx.offload.storage(storageUrl, login);
  const { hash, size } = file;
  return ctx.offload.inTurn(`${tenantId} ${hash}`, async () => {
    const deadline = ctx.clock.monotonic() + ctx.config.uploadTimeout * 1000;
    for (;;) {
      const asked = { id: randomUUID(), tenantId, hash, size, storageUrl, login, uploader };
      const claimed = await claimFile(ctx, asked);
      if (claimed?.kind === 'mine') return upload(ctx, storage, { ...asked, id: claimed.id }, file);
      if (claimed?.kind === 'stored') {
        if ((await storage.sizeOf(nameInStorage(tenantId, claimed.id))) === size) {
          ctx.metrics.offload('reused', 0);
          return claimed.id;
        }
        // Removed by other hands.
        await markMissing(ctx, claimed.id);
        continue;
      }
      if (ctx.clock.monotonic() > deadline) throw new StorageFault('another process is still uploading it');
      await ctx.clock.sleep(askEveryMs);
    }
  });
}

async function upload(
  ctx: StoreFileNeeds,
  storage: Storage,
  { id, tenantId, uploader }: NewFile,
  file: StoredFile,
): Promise<string> {
  const name = nameInStorage(tenantId, id);
  const room = await ctx.offload.uploads.enter(tenantId, 1, undefined);
  const cut = new AbortController();
  const seconds = ctx.config.uploadTimeout;
  const stopClock = ctx.clock.after(seconds * 1000, () =>
    cut.abort(new StorageFault(`the storage did not take it within ${seconds} s`)),
  );
  const stopRenewing = ctx.clock.every(heldMs / 4, () => {
    renewUpload(ctx, { id, uploader }).then(
      (isOurs) => isOurs || cut.abort(new StorageFault('another upload has taken over')),
      () => undefined,
    );
  });
  try {
    await storage.put(name, file, cut.signal);
    // The removal has given the row up, for example while this process was frozen, so it looks for no file any more.
    if (!(await markStored(ctx, id))) {
      await storage.remove(name);
      throw new StorageFault('its upload took too long');
    }
    ctx.metrics.offload('uploaded', file.size);
    return id;
  } catch (error) {
    ctx.metrics.offload('failed', 0);
    await giveUpUpload(ctx, { id, uploader });
    throw cut.signal.aborted ? cut.signal.reason : error;
  } finally {
    stopClock();
    stopRenewing();
    room?.leave();
  }
}
