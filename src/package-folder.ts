// Where this package lies: the folder of its package.json, however deep the file with this code is below it.
import { existsSync } from 'node:fs';

/** Ends with a slash. */
export const packageFolder = above(new URL('./', import.meta.url));

function above(folder: URL): URL {
  const parent = new URL('../', folder);
  if (existsSync(new URL('package.json', folder)) || parent.href === folder.href) return folder;
  return above(parent);
}
