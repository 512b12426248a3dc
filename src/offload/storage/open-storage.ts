// Opens the storage that a `storage_url` names. The package of its vendor is loaded only then.
import type { StorageLogin } from '../../domain/large-file/config.js';
import { readStorageUrl } from '../../domain/large-file/storage-url.js';
import { openAzStorage } from './az-storage.js';
import { openFileStorage } from './file-storage.js';
import { openGsStorage } from './gs-storage.js';
import { openS3Storage } from './s3-storage.js';
import { type Storage, StorageFault } from './storage.js';

/** @throws StorageFault when the package is not installed, or the login does not fit */
export async function openStorage(url: string, login: StorageLogin | undefined): Promise<Storage> {
  const place = readStorageUrl(url);
  if (typeof place === 'string') throw new StorageFault(`storage_url ${place}`);
  if (place.kind === 'file') return openFileStorage(place.folder);
  const open = { s3: openS3Storage, gs: openGsStorage, az: openAzStorage }[place.kind];
  return open(place, login);
}
