// What a process holds open for large files: storages, and who uploads what.
import { openByteBudget } from '../concurrency/byte-budget.js';
import { expiringMap } from '../concurrency/expiring-map.js';
import { openKeyedMutex } from '../concurrency/keyed-mutex.js';
import type { Needs } from '../context.js';
import type { StorageLogin } from '../domain/large-file/config.js';
import { openStorage } from './storage/open-storage.js';
import type { Storage } from './storage/storage.js';

export interface Offload {
  /** The storage of a URL, with its connections, as long as it is in use. @throws StorageFault */
  storage(url: string, login: StorageLogin | undefined): Promise<Storage>;
  /** Uploads of the same content go one after the other, so that the second finds it there. */
  inTurn: ReturnType<typeof openKeyedMutex>;
  /** Bounds the uploads at once; each tenant has a share. */
  uploads: ReturnType<typeof openByteBudget>;
  close(): void;
}

const unusedMs = 600_000;

export function openOffload({ clock, config }: Needs<'clock' | 'config'>): Offload {
  const close = (storage: Promise<Storage>) =>
    void storage.then((one) => one.close?.()).catch(() => undefined);
  const storages = expiringMap<Promise<Storage>>(clock, unusedMs, close);
  return {
    storage(url, login) {
      const key = JSON.stringify([url, login?.user, login?.password]);
      const open = storages.get(key);
      if (open !== undefined) return open;
      const opening = openStorage(url, login);
      storages.set(key, opening);
      // A package may be installed, or a setting mended, meanwhile.
      opening.catch(() => storages.delete(key));
      return opening;
    },
    inTurn: openKeyedMutex(),
    uploads: openByteBudget(clock, config.maxConcurrentAttachments),
    close: () => storages.values().forEach(close),
  };
}
