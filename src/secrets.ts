// Seals secrets for the database (AES-256-GCM) and makes and compares tokens.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { existsSync, linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { Fault } from './errors.js';

export interface Secrets {
  /** `v1:` and, in base64, 12 bytes of nonce, 16 bytes of tag and the ciphertext. */
  seal(text: string): string;
  /** @throws Fault `wrong_encryption_key` when none of the keys is the one it was sealed with. */
  open(sealed: string): string;
  /** The same secret sealed with the current key; undefined when it is already. @throws as `open` */
  reseal(sealed: string): string | undefined;
  /** The same for the same text and key, and tells nothing of the text to who has not got the key: 32 hexadecimal digits. */
  fingerprint(text: string): string;
}

/**
 * @param key 32 bytes: the current one, which seals
 * @param previous older ones, which only open
 */
export function openSecrets(key: Buffer, previous: readonly Buffer[] = []): Secrets {
  function seal(text: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return `v1:${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')}`;
  }
  function openWithAny(sealed: string): string {
    for (const one of previous) {
      const text = openWith(one, sealed);
      if (text !== undefined) return text;
    }
    const message = 'GMP_ENCRYPTION_KEY is not the key this database was encrypted with';
    throw new Fault('wrong_encryption_key', message);
  }
  return {
    seal,
    open: (sealed) => openWith(key, sealed) ?? openWithAny(sealed),
    reseal: (sealed) => (openWith(key, sealed) === undefined ? seal(openWithAny(sealed)) : undefined),
    fingerprint: (text) =>
      createHmac('sha256', key).update(`fingerprint\0${text}`).digest('hex').slice(0, 32),
  };
}

/** Undefined when it was sealed with another key, or not at all. */
function openWith(key: Buffer, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed.slice('v1:'.length), 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 });
    decipher.setAuthTag(bytes.subarray(12, 28));
    return decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
}

/**
 * The key in the file; two starts at once get the same one.
 * @param mayMake whether nothing was encrypted yet, so that a missing file is made
 * @throws Fault `bad_settings` when the file holds something else, `wrong_encryption_key` when it has got lost
 */
export function readOrMakeKey(file: string, mayMake: boolean): Buffer {
  if (!existsSync(file)) {
    const missing = `GMP_ENCRYPTION_KEY is not set and ${file}, which held the key of this database, is missing`;
    if (!mayMake) throw new Fault('wrong_encryption_key', missing);
    const own = `${file}.${process.pid}`;
    writeFileSync(own, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true });
    try {
      // Whole or not at all, and never over another's.
      linkSync(own, file);
    } catch (error) {
      if (!existsSync(file)) throw error;
    } finally {
      unlinkSync(own);
    }
  }
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
  if (key.length === 32) return key;
  throw new Fault('bad_settings', `${file} does not hold an encryption key of 32 bytes in base64`);
}

/** A new token: 43 characters of URL-safe base64. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 in hexadecimal: all that is kept of a token. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Compares two hashes in a time that does not depend on where they differ. */
export function sameHash(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
