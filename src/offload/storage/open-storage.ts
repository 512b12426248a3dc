// Opens the storage that a `storage_url` names. The package of its vendor is loaded only then.
import type { StorageLogin } from '../../domain/large-file/config.js';
import { readStorageUrl } from '../../domain/large-file/storage-url.js';
import { openFileStorage } from './file-storage.js';
import { type Storage, StorageFault } from './storage.js';

/** @throws StorageFault when the package is not installed, or the login does not fit */
export async function openStorage(url: string, _login: StorageLogin | undefined): Promise<Storage> {
  const place = readStorageUrl(url);
  if (typeof place === 'string') throw new StorageFault(`storage_url ${place}`);
  if (place.kind === 'file') return openFileStorage(place.folder);
  throw new StorageFault(`storage_url names ${place.kind}://, which this version cannot use`);
}
