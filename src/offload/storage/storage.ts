// What every storage of large files can do, whoever makes it. A name is `<tenant>/<id of the file>`.
import { nameInUrl } from '../links/name-in-url.js';

export interface StoredFile {
  size: number;
  /** SHA-256, hexadecimal. */
  hash: string;
  filename: string;
  mimeType: string;
  /** Gives `size` bytes. */
  read(): AsyncIterable<Buffer>;
}

/** The first and the last byte. */
export interface ByteRange {
  from: number;
  to: number;
}

interface SignedLink {
  filename: string;
  mimeType: string;
  /** Milliseconds since the epoch. */
  expiresAt: number;
  /** Milliseconds from now until then. */
  validMs: number;
}

export interface Storage {
  /** Puts the file there as a whole: it has its name once all of it is there. @throws StorageFault */
  put(name: string, file: StoredFile, signal: AbortSignal): Promise<void>;
  /** @throws StorageFault when it is not there, or has fewer bytes */
  read(name: string, range: ByteRange): AsyncIterable<Buffer>;
  /** @returns its bytes; undefined when it is not there */
  sizeOf(name: string): Promise<number | undefined>;
  /** Also what is left of an upload that broke off. It may be gone already. */
  remove(name: string): Promise<void>;
  /** A URL that needs no login until then; absent: the storage has none. */
  link?(name: string, link: SignedLink): Promise<string>;
  /** The longest time that a link may be valid, in milliseconds; absent: any. */
  longestLinkMs?: number;
  close?(): void;
}

/** Why a storage does not do what it was asked to, in words that a tenant may read. */
export class StorageFault extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'StorageFault';
  }
}

/** What a vendor's SDK throws, without its addresses. @throws StorageFault */
export function httpFault(error: unknown): never {
  if (error instanceof StorageFault) throw error;
  const { name, code } = Object(error);
  const status = statusOf(error);
  const what = [status, ...new Set([code, name])].filter((one) => one !== undefined && one !== '').join(' ');
  const sentence = status === undefined ? 'the storage cannot be reached' : 'the storage refused';
  throw new StorageFault(`${sentence} (${what})`, { cause: error });
}

/** Whether the storage says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** Each SDK has the status of the answer in another place. */
function statusOf(error: unknown): number | undefined {
  const { $metadata, statusCode, code } = Object(error);
  const found = [$metadata?.httpStatusCode, statusCode, code].map(Number);
  return found.find((one) => one >= 300 && one < 600);
}

/** A header in which any name of a file survives (RFC 6266). */
export function contentDisposition(filename: string): string {
  const ascii = filename.replace(/[^ !#-[\]-~]/g, '_');
  return `attachment; filename="${ascii}"; filename*=UTF-8''${nameInUrl(filename)}`;
}
