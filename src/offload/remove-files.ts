// Removes large files that no valid link names any more: from their storages, and then from the database.
import { reasonOf } from '../errors.js';
import { removeOldLinks } from '../store/files/file-links.js';
import {
  type FileToRemove,
  forgetFile,
  openFileLogin,
  takeFilesToRemove,
} from '../store/files/large-files.js';
import type { Needs } from './context.js';
import { nameInStorage } from './store-file.js';

type RemoveNeeds = Needs<'db' | 'clock' | 'log' | 'secrets' | 'offload'>;

const pageSize = 100;

/**
 * A file that cannot be removed is tried again at the next call.
 * @param stop ends the removal between two files
 * @returns how many files were removed
 */
export async function removeFiles(ctx: RemoveNeeds, stop?: AbortSignal): Promise<number> {
  let removed = 0;
  for (let after = ''; !stop?.aborted; ) {
    const page = await takeFilesToRemove(ctx, after, pageSize);
    for (const file of page) {
      if (stop?.aborted) return removed;
      if (await tryRemove(ctx, file)) removed++;
    }
    after = page.at(-1)?.id ?? '';
    if (page.length < pageSize) break;
  }
  while (!stop?.aborted && (await removeOldLinks(ctx, pageSize)) === pageSize);
  return removed;
}

/** The row goes after the file, so that nothing stays in a storage of which nobody knows. */
async function tryRemove(ctx: RemoveNeeds, file: FileToRemove): Promise<boolean> {
  const { id, tenantId, storageUrl } = file;
  try {
    const storage = await ctx.offload.storage(storageUrl, await loginOf(ctx, file));
    await storage.remove(nameInStorage(tenantId, id));
    await forgetFile(ctx, id);
    return true;
  } catch (error) {
    const facts = { event: 'large_file.not_removed', tenant: tenantId, file: id, reason: reasonOf(error) };
    ctx.log.warn(facts, `A large file of tenant "${tenantId}" could not be removed; it is tried again`);
    return false;
  }
}

async function loginOf(ctx: RemoveNeeds, file: FileToRemove) {
  const select = { id: true, largeFileConfig: true, storageSecret: true };
  const tenant = await ctx.db.read.tenant.findUnique({ where: { id: file.tenantId }, select });
  return openFileLogin(ctx, file, tenant);
}
