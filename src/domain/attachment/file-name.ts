// Makes the name of an attached file fit to be shown and saved by whoever receives it.

/** The key into the cache that clients of genro-mail-proxy put into the name of a file. */
const md5Marker = /\{MD5:([0-9a-f]{32})\}/i;

/** Characters that turn the direction of text, with which a name can hide its ending. */
const directions = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * Without the parts of a path and without control characters.
 * @returns the name, which may be empty, and the MD5 that stood in it
 */
export function cleanFileName(given: string): { name: string; md5?: string } {
  const md5 = md5Marker.exec(given)?.[1]?.toLowerCase();
  const whole = given
    .replace(md5Marker, '')
    .replace(/[\p{Cc}\u2028\u2029]/gu, '')
    .replace(directions, '')
    .toWellFormed();
  const last = whole.split(/[/\\]/).at(-1)?.trim() ?? '';
  const name = /^\.{1,2}$/.test(last) ? '' : last;
  return { name, ...(md5 !== undefined && { md5 }) };
}
