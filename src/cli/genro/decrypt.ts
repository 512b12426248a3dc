// Decrypts passwords as genro-mail-proxy 0.7 stores them; 0.6 stores them as they are.
import { createDecipheriv } from 'node:crypto';

const mark = 'ENC:';
const nonceBytes = 12;
const tagBytes = 16;

/**
 * @param stored the text in the database
 * @param key 32 bytes; undefined: the key was not given
 * @returns undefined when it cannot be decrypted
 */
export function decryptGenro(stored: string, key: Buffer | undefined): string | undefined {
  if (!stored.startsWith(mark)) return stored;
  if (key === undefined) return undefined;
  const bytes = Buffer.from(stored.slice(mark.length), 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8');
    return text + decipher.final('utf8');
  } catch {
    return undefined;
  }
}
