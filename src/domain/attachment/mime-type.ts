// Finds the MIME type of an attachment: as stated, else by the name of the file, else by its first bytes.
import { fileTypeFromBuffer } from 'file-type';
import { lookup } from 'mime-types';

/** The first bytes of a content by which its type is recognized. */
export const mostToRecognize = 4096;

const unknown = 'application/octet-stream';

const token = '[\\w!#$&^.+-]{1,127}';
const typeWithParameters = new RegExp(
  `^${token}/${token}(?:[ \\t]*;[ \\t]*${token}=(?:${token}|"[^"\\\\\\x00-\\x1f\\x7f-\\uffff]{0,127}")){0,10}$`,
);

export function isMimeType(text: string): boolean {
  return typeWithParameters.test(text);
}

/** @returns undefined where the name tells nothing */
export function mimeTypeOfName(name: string): string | undefined {
  return lookup(name) || undefined;
}

/** @param start the first bytes of the content, or all of it */
export async function mimeTypeOfContent(start: Buffer): Promise<string> {
  try {
    return (await fileTypeFromBuffer(start.subarray(0, mostToRecognize)))?.mime ?? unknown;
  } catch {
    // A content that only begins like a known type.
    return unknown;
  }
}

/** A mail or a multipart would have to be sent unencoded (RFC 2046 section 5.2.1), and so not byte for byte. */
export function sendableType(mimeType: string): string {
  return /^(message|multipart)\//i.test(mimeType) ? unknown : mimeType;
}
