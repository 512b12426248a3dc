// The tokens of links to large files: what they name, until when, and a signature. A token cannot be changed by one character.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** `page` stands in the mail and shows the page; `file` is given to who asks for the file there. */
type TokenKind = 'page' | 'file';

export interface Token {
  kind: TokenKind;
  /** Of the link: 32 hexadecimal digits. */
  linkId: string;
  /** Milliseconds since the epoch, whole seconds. */
  expiresAt: number;
}

const kinds: TokenKind[] = ['page', 'file'];

/** One byte of kind, 16 of the link's id, six of seconds. With the signature 39, so that base64 leaves no bit unused. */
const signedBytes = 23;
const signatureBytes = 16;

/** @param key of the link, base64 */
export function writeToken({ kind, linkId, expiresAt }: Token, key: string): string {
  const signed = Buffer.alloc(signedBytes);
  signed.writeUInt8(kinds.indexOf(kind), 0);
  signed.write(linkId, 1, 'hex');
  signed.writeUIntBE(Math.floor(expiresAt / 1000), 17, 6);
  return Buffer.concat([signed, sign(signed, key)]).toString('base64url');
}

/** What a token says, and not yet whether that is true. Undefined for what is no token. */
export function readToken(text: string): Token | undefined {
  if (!/^[A-Za-z0-9_-]{52}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  const kind = kinds[bytes.readUInt8(0)];
  if (kind === undefined) return undefined;
  return { kind, linkId: bytes.toString('hex', 1, 17), expiresAt: bytes.readUIntBE(17, 6) * 1000 };
}

/** Whether the key has signed the token. */
export function isSigned(text: string, key: string): boolean {
  const bytes = Buffer.from(text, 'base64url');
  return timingSafeEqual(sign(bytes.subarray(0, signedBytes), key), bytes.subarray(signedBytes));
}

function sign(signed: Buffer, key: string): Buffer {
  return createHmac('sha256', Buffer.from(key, 'base64')).update(signed).digest().subarray(0, signatureBytes);
}
