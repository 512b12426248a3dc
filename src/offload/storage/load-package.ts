// Loads the package of a storage's vendor when it is needed first, and says what to install where it is missing.
import { StorageFault } from './storage.js';

/** @throws StorageFault */
export async function loadPackage<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (Object(error).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new StorageFault(`the package ${name} is not installed (npm install ${name})`, { cause: error });
  }
}
