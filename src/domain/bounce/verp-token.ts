// Makes and verifies the token in a VERP envelope sender, which proves that a bounce answers a mail of ours.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What a token vouches for. */
export interface VerpClaim {
  /** The key of the message, a ULID. */
  pk: string;
  /** Which of the message's recipients the mail went to, from 0; undefined if it went to several. */
  recipient: number | undefined;
}

const version = 1;
const pkBytes = 16;
const bodyBytes = 1 + pkBytes + 2;
/** 80 bits: at a million bounces a second, guessing one takes a billion years. */
const macBytes = 10;
const severalRecipients = 0xffff;
/** 29 bytes in base32. With `bounces+` before it, a local part has 55 of the 64 characters that RFC 5321 allows. */
export const tokenCharacters = Math.ceil(((bodyBytes + macBytes) * 8) / 5);
/** Crockford's alphabet as ULIDs have it, in lower case, because some servers change the case of a local part. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const tokenPattern = new RegExp(`(?<![a-z0-9])[${alphabet}]{${tokenCharacters}}(?![a-z0-9])`, 'i');

/** @param key the instance's encryption key, of which a key for this purpose alone is derived */
export function makeVerpToken({ pk, recipient }: VerpClaim, key: Buffer): string {
  const isOne = recipient !== undefined && recipient < severalRecipients;
  const body = Buffer.alloc(bodyBytes);
  body.writeUInt8(version, 0);
  toPkBytes(pk).copy(body, 1);
  body.writeUInt16BE(isOne ? recipient : severalRecipients, 1 + pkBytes);
  return encode(Buffer.concat([body, macOf(body, key)]));
}

/**
 * Finds a token in an address and verifies it.
 * @param address unwrapped from BATV and SRS
 * @param keys the current key and those before it
 * @returns undefined for an address without a token, and for a token that none of the keys made
 */
export function verifyVerpToken(address: string, keys: readonly Buffer[]): VerpClaim | undefined {
  const [token] = tokenPattern.exec(address.replace(/@[^@]*$/, '')) ?? [];
  if (token === undefined) return undefined;
  const bytes = decode(token.toLowerCase());
  const body = bytes.subarray(0, bodyBytes);
  const mac = bytes.subarray(bodyBytes, bodyBytes + macBytes);
  if (body[0] !== version || !keys.some((key) => timingSafeEqual(macOf(body, key), mac))) return undefined;
  const recipient = body.readUInt16BE(1 + pkBytes);
  return {
    pk: toPk(body.subarray(1, 1 + pkBytes)),
    recipient: recipient === severalRecipients ? undefined : recipient,
  };
}

function macOf(body: Buffer, key: Buffer): Buffer {
  const derived = Buffer.from(hkdfSync('sha256', key, '', 'mail-proxy verp', 32));
  return createHmac('sha256', derived).update(body).digest().subarray(0, macBytes);
}

/** 26 characters of 5 bits, of which the first has 3. */
function toPkBytes(pk: string): Buffer {
  let value = 0n;
  for (const character of pk.toLowerCase()) value = value * 32n + BigInt(alphabet.indexOf(character));
  return Buffer.from(value.toString(16).padStart(2 * pkBytes, '0'), 'hex');
}

function toPk(bytes: Buffer): string {
  let value = BigInt(`0x${bytes.toString('hex')}`);
  let pk = '';
  for (let left = 26; left > 0; left--) {
    pk = (alphabet[Number(value % 32n)] ?? '') + pk;
    value /= 32n;
  }
  return pk.toUpperCase();
}

function encode(bytes: Buffer): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(held >>> (bits - 5)) & 31];
    held &= 0xff;
  }
  return bits > 0 ? text + alphabet[(held << (5 - bits)) & 31] : text;
}

function decode(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const character of text) {
    held = ((held << 5) | alphabet.indexOf(character)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >>> bits) & 0xff);
    }
  }
  return Buffer.from(bytes);
}
