// The key of an address on the suppression list: equal for all spellings, and all that is left of a forgotten address.
import { createHash } from 'node:crypto';
import { canonicalAddress } from '../../domain/canonical-address.js';

/** SHA-256, hexadecimal. */
export function suppressionHash(address: string): string {
  return createHash('sha256').update(canonicalAddress(address)).digest('hex');
}
