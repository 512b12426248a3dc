// Reads GMP_DB_PATH: the path of a file, whatever characters it has, or a postgresql:// URL.
import { z } from 'zod';

/**
 * `sqlite:` before a path, as genro-mail-proxy has it, is cut off. Other forms that programs take for a database are
 * refused, because a file of that name would surprise the operator.
 */
export const databasePath = z
  .string()
  .transform((text, issue): string => {
    if (/^postgres(ql)?:\/\//i.test(text)) return text.replace(/^\w+/, (scheme) => scheme.toLowerCase());
    const [, path = text] = /^sqlite3?:(.*)$/is.exec(text) ?? [];
    const fault = faultOf(path);
    if (fault === undefined) return path.replace(/^\/{2,}/, '/');
    issue.addIssue(fault);
    return z.NEVER;
  })
  .describe('path of a file, or postgresql:// URL');

function faultOf(path: string): string | undefined {
  if (path === '' || /^(file:)?:memory:/i.test(path))
    return 'would lose all mail with the process; set GMP_DB_PATH to the path of a file';
  const [, file] = /^file:(?:\/\/)?([^?]*)/i.exec(path) ?? [];
  if (file !== undefined)
    return `is a URI; set GMP_DB_PATH to the path itself: GMP_DB_PATH=${file || './mail_service.db'}`;
  if (path.includes('\0')) return 'contains NUL; set GMP_DB_PATH to the path of a file';
  // A drive of Windows has one letter.
  if (/^[a-z][a-z0-9+.-]+:/i.test(path))
    return 'is neither the path of a file nor a postgresql:// URL; set GMP_DB_PATH to one of them';
  return undefined;
}
