// Hashes a content while it is read.
import { createHash } from 'node:crypto';

/** @returns hexadecimal digits in small letters */
export async function digestOf(algorithm: 'md5' | 'sha256', blocks: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash(algorithm);
  for await (const block of blocks) hash.update(block);
  return hash.digest('hex');
}
