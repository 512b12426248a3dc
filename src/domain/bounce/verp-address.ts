// An envelope sender with a place for a token, as `bounces+%verp%@example.org`. No I/O.
import { tokenCharacters } from './verp-token.js';

const place = '%verp%';
/** RFC 5321 section 4.5.3.1.1. */
const longestLocalPart = 64;

export function hasVerp(address: string): boolean {
  return address.includes(place);
}

export function fillVerp(address: string, token: string): string {
  return address.replace(place, token);
}

/** What is wrong with the place for the token; undefined: nothing, or the address has none. */
export function findVerpFault(address: string): string | undefined {
  const [local = ''] = address.split(/@(?=[^@]*$)/);
  const places = address.split(place).length - 1;
  if (places === 0) return undefined;
  if (places > 1 || !hasVerp(local)) return `needs ${place} once, before the @`;
  const length = local.length - place.length + tokenCharacters;
  return length > longestLocalPart
    ? `is too long: with ${place} filled in, ${length} characters stand before the @, and ${longestLocalPart} may`
    : undefined;
}
