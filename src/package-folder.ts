// The folder of this package's package.json, from source, build and bundle alike.
import { existsSync } from 'node:fs';

/** Ends with a slash. */
export const packageFolder = above(new URL('./', import.meta.url));

function above(folder: URL): URL {
  const parent = new URL('../', folder);
  if (existsSync(new URL('package.json', folder)) || parent.href === folder.href) return folder;
  return above(parent);
}
