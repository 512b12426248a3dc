// What the cache keeps of a fetched content.

/** What tells, at the next request, whether the source still has the same content (RFC 9110 section 8.8). */
export interface Validators {
  /** What gave the content, after all redirects: another URL may use the same validator for another content. */
  url: string;
  etag?: string;
  lastModified?: string;
}

export interface Content {
  size: number;
  /** As its first bytes tell. */
  mimeType: string;
  validators?: Validators;
  /** Gives `size` bytes, the same each time, or fails. */
  read(): AsyncGenerator<Buffer>;
  close(): Promise<void>;
}

/** Bytes that are read, or handed on, at a time. */
export const blockBytes = 64 * 1024;

export async function* inBlocks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += blockBytes) yield bytes.subarray(at, at + blockBytes);
}
