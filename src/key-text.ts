// Reads the file of an encryption key, which holds 32 bytes in base64 or the bytes themselves.

const keyBytes = 32;

/** @returns the key in base64, or the text of a file that holds something else, for the check that refuses it */
export function keyTextOf(file: Buffer): string {
  const end = file.subarray(keyBytes).toString('latin1');
  const isRaw = file.length >= keyBytes && ['', '\n', '\r\n'].includes(end);
  return isRaw ? file.subarray(0, keyBytes).toString('base64') : file.toString('utf8').trim();
}
