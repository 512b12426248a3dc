// Encrypts secrets for the database (AES-256-GCM), and makes, hashes and compares tokens.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { existsSync, linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { makeVerpToken, type VerpClaim, verifyVerpToken } from './domain/bounce/verp-token.js';
import { Fault } from './errors.js';
import { keyTextOf } from './key-text.js';

/** What a secret is sealed for: its kind and the key of its row. It opens for the same place alone. */
export type Place = readonly string[];

export interface Secrets {
  /** Encrypts: `v1:`, then in base64 a nonce of 12 bytes, a tag of 16 bytes, and the ciphertext. */
  seal(text: string, place: Place): string;
  /** @throws Fault `wrong_encryption_key` when none of the keys decrypts it, or it was sealed for another place. */
  open(sealed: string, place: Place): string;
  /** Encrypts a sealed secret again with the current key; undefined when the current key sealed it. @throws as `open` */
  reseal(sealed: string, place: Place): string | undefined;
  /** 32 hexadecimal digits that are equal for equal texts and keys, and reveal nothing of the text without the key. */
  fingerprint(text: string): string;
  /** Vouches for a message in an envelope sender. */
  verpToken(claim: VerpClaim): string;
  /** Undefined for an address without a token, or with one that none of the keys made. */
  readVerpToken(address: string): VerpClaim | undefined;
}

/**
 * @param key the current key of 32 bytes, which encrypts and decrypts
 * @param previous older keys, which only decrypt
 */
export function openSecrets(key: Buffer, previous: readonly Buffer[] = []): Secrets {
  function seal(text: string, place: Place): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(bytesOf(place));
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return `v1:${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64')}`;
  }
  function openWithAny(sealed: string, place: Place): string {
    for (const one of previous) {
      const text = openWith(one, sealed, place);
      if (text !== undefined) return text;
    }
    const message = 'GMP_ENCRYPTION_KEY is not the key this database was encrypted with';
    throw new Fault('wrong_encryption_key', message);
  }
  return {
    seal,
    open: (sealed, place) => openWith(key, sealed, place) ?? openWithAny(sealed, place),
    reseal: (sealed, place) =>
      openWith(key, sealed, place) === undefined ? seal(openWithAny(sealed, place), place) : undefined,
    fingerprint: (text) =>
      createHmac('sha256', key).update(`fingerprint\0${text}`).digest('hex').slice(0, 32),
    verpToken: (claim) => makeVerpToken(claim, key),
    readVerpToken: (address) => verifyVerpToken(address, [key, ...previous]),
  };
}

/** JSON, so that no two places have the same bytes. */
function bytesOf(place: Place): Buffer {
  return Buffer.from(JSON.stringify(place), 'utf8');
}

/** Undefined when another key sealed the text, or none did, or it was sealed for another place. */
function openWith(key: Buffer, sealed: string, place: Place): string | undefined {
  const bytes = Buffer.from(sealed.slice('v1:'.length), 'base64');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 });
    decipher.setAuthTag(bytes.subarray(12, 28));
    decipher.setAAD(bytesOf(place));
    return decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return undefined;
  }
}

/**
 * The key in the file. Two processes that start at once get the same key.
 * @param mayMake whether a missing file may be created, because nothing was encrypted yet
 * @throws Fault `bad_settings` when the file holds something else, `wrong_encryption_key` when the file is missing and must not be made
 */
export function readOrMakeKey(file: string, mayMake: boolean): Buffer {
  if (!existsSync(file)) {
    const missing = `GMP_ENCRYPTION_KEY is not set and ${file}, which held the key of this database, is missing`;
    if (!mayMake) throw new Fault('wrong_encryption_key', missing);
    const own = `${file}.${process.pid}`;
    writeFileSync(own, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flush: true });
    try {
      // A link appears as a whole, and fails when another process was faster.
      linkSync(own, file);
    } catch (error) {
      if (!existsSync(file)) throw error;
    } finally {
      unlinkSync(own);
    }
  }
  const key = Buffer.from(keyTextOf(readFileSync(file)), 'base64');
  if (key.length === 32) return key;
  throw new Fault('bad_settings', `${file} does not hold an encryption key of 32 bytes in base64`);
}

/** A new token: 43 characters of URL-safe base64. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** SHA-256 in hexadecimal. The database stores only this hash of a token. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Compares two hashes in a time that does not depend on where they differ. */
export function sameHash(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
