// Hashes a content a part at a time, so that other work goes on in between.
import { createHash } from 'node:crypto';

/** Bytes hashed in one turn of the event loop, some 3 ms. */
const bytesPerTurn = 1024 * 1024;

/** @returns hexadecimal digits in small letters */
export async function digest(algorithm: 'sha256' | 'md5', bytes: Buffer): Promise<string> {
  const hash = createHash(algorithm);
  for (let at = 0; at < bytes.length; at += bytesPerTurn) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    hash.update(bytes.subarray(at, at + bytesPerTurn));
  }
  return hash.digest('hex');
}
