// Takes the base64 of large attachments out of a body while it arrives, so that such a content is never in memory as a whole.
import { createHash } from 'node:crypto';
import { base64Prefix, type FetchMode, modeOf } from '../../domain/attachment/attachment.js';
import { mostToRecognize } from '../../domain/attachment/mime-type.js';
import { Fault, reasonOf } from '../../errors.js';
import { openSpool } from '../../store/attachments/spool.js';
import { openBase64Decoder } from './decode-base64.js';
import { openPathScanner } from './path-scanner.js';

/** A `storage_path` of a body that is in its place no more. */
export interface LiftedContent {
  /** As the text begins. */
  mode: FetchMode;
  /** Undefined: the text is not base64. */
  content: HandedIn | undefined;
}

/** The content of an attachment that came with its message. */
export interface HandedIn {
  size: number;
  /** SHA-256, hexadecimal. */
  hash: string;
  /** The first bytes, by which its type is recognized. */
  start: Buffer;
  /** From its first byte on each time. */
  read(): AsyncIterable<Buffer>;
}

export interface Lift {
  /** @returns what stays of the chunk, or of those before it */
  take(chunk: Buffer): Promise<Buffer[]>;
  /** By the text that stands in its place, which no caller can know. */
  contents: Map<string, LiftedContent>;
  close(): Promise<void>;
}

/** With more bytes in JSON, a path has more than the characters that any mode but base64 may have, however they are written. */
const mostOfPath = 6 * 8192;

/**
 * @param nonce is in the texts that stand in place of contents
 * @param grow is awaited for the bytes that go to disk
 */
export function openLift(nonce: string, grow: (bytes: number) => Promise<void>): Lift {
  const contents: Lift['contents'] = new Map();
  const opened: Lifting[] = [];
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let lifting: Lifting | undefined;

  async function takeText(text: Buffer): Promise<void> {
    if (lifting === undefined) {
      waiting.push(text);
      waitingBytes += text.length;
      if (waitingBytes <= mostOfPath) return;
      lifting = openLifting(grow);
      opened.push(lifting);
      await lifting.add(Buffer.concat(waiting));
      waiting = [];
    } else await lifting.add(text);
  }

  async function endText(): Promise<Buffer[]> {
    const text = lifting === undefined ? waiting : [replace(contents, nonce, await lifting.end())];
    [waiting, waitingBytes, lifting] = [[], 0, undefined];
    return text;
  }

  const scan = openPathScanner(['messages', 'attachments', 'storage_path']);
  return {
    contents,
    async take(chunk) {
      const kept: Buffer[] = [];
      for (const { bytes, isText, isEnd } of scan(chunk)) {
        if (!isText) kept.push(bytes);
        else {
          await takeText(bytes);
          if (isEnd) kept.push(...(await endText()));
        }
      }
      return kept;
    },
    async close() {
      await Promise.allSettled(opened.map((each) => each.close()));
    },
  };
}

/** @returns what stands in the body in its place */
function replace(contents: Lift['contents'], nonce: string, lifted: LiftedContent | undefined): Buffer {
  // A line break in a string, which the parser of the body refuses.
  if (lifted === undefined) return Buffer.from('\n');
  const place = `${base64Prefix}${nonce}/${contents.size}`;
  contents.set(place, lifted);
  return Buffer.from(place);
}

interface Lifting {
  add(text: Buffer): Promise<void>;
  /** @returns undefined for a text that is no string of JSON */
  end(): Promise<LiftedContent | undefined>;
  close(): Promise<void>;
}

function openLifting(grow: (bytes: number) => Promise<void>): Lifting {
  const spool = openSpool();
  const decoder = openBase64Decoder();
  const hash = createHash('sha256');
  let start: Buffer = Buffer.alloc(0);
  let cut = '';
  let mode: FetchMode | undefined;
  let isJson = true;
  let isBase64 = true;

  async function put(bytes: Buffer | undefined): Promise<void> {
    isBase64 &&= bytes !== undefined;
    if (bytes === undefined || bytes.length === 0) return;
    await grow(bytes.length);
    hash.update(bytes);
    if (start.length < mostToRecognize) start = Buffer.concat([start, bytes]).subarray(0, mostToRecognize);
    await spool.write(bytes).catch(notWritten);
  }

  return {
    async add(bytes) {
      const raw = cut + bytes.toString('latin1');
      const whole = raw.length - cutEscape(raw);
      cut = raw.slice(whole);
      let text = unescaped(raw.slice(0, whole));
      isJson &&= text !== undefined;
      if (text === undefined || !isBase64) return;
      if (mode === undefined) {
        mode = modeOf(text);
        if (text.startsWith(base64Prefix)) text = text.slice(base64Prefix.length);
      }
      await put(decoder.add(text));
    },
    async end() {
      if (!isJson || cut !== '') return undefined;
      if (isBase64) await put(decoder.end());
      const content = { size: spool.size, hash: hash.digest('hex'), start, read: () => spool.read() };
      return { mode: mode ?? 'base64', content: isBase64 ? content : undefined };
    },
    close: () => spool.close(),
  };
}

/** Answered as when the database is away: 503, and the call may be repeated. */
function notWritten(cause: unknown): never {
  const sentence = `The content of an attachment cannot be kept in the folder for temporary files (TMPDIR): ${reasonOf(cause)}`;
  throw new Fault('database_unavailable', sentence, { cause });
}

/** @returns undefined where the text is not what stands in a string of JSON */
function unescaped(text: string): string | undefined {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return undefined;
  }
}

/** The length of an escape at the end of the text that is not whole yet. */
function cutEscape(text: string): number {
  const from = text.lastIndexOf('\\');
  if (from === -1 || from < text.length - 5) return 0;
  let before = from;
  while (text.charAt(before - 1) === '\\') before -= 1;
  // The last backslash is escaped itself.
  if ((from - before) % 2 === 1) return 0;
  const begun = text.slice(from);
  return begun.length === 1 || begun.charAt(1) === 'u' ? begun.length : 0;
}
