// Says where a file lies that a message names, and refuses paths that lead out of the folder. Looks at no file.
import { isAbsolute, resolve, sep } from 'node:path';

/**
 * @param baseDir GMP_ATTACHMENT_BASE_DIR
 * @returns the absolute path and the folder that it must be in, or why the path is refused
 */
export function resolveFilePath(
  baseDir: string | undefined,
  tenantId: string,
  path: string,
): { folder: string; file: string } | string {
  if (baseDir === undefined) return 'is a file, and GMP_ATTACHMENT_BASE_DIR allows none';
  if (/[\p{Cc}\p{Cs}]/u.test(path)) return 'contains a control character or half a surrogate pair';
  if (path.split(/[/\\]/).includes('..')) return 'contains ..';
  const folder = resolve(baseDir.replaceAll('{tenant}', tenantId));
  const file = isAbsolute(path) ? resolve(path) : resolve(folder, path);
  return isBelow(folder, file) ? { folder, file } : 'is outside of GMP_ATTACHMENT_BASE_DIR';
}

/** Both absolute and without `..`. */
export function isBelow(folder: string, file: string): boolean {
  return file.startsWith(folder.endsWith(sep) ? folder : folder + sep) && file !== folder;
}
