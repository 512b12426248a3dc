// The file of a kept content: its bytes, what is known of it as JSON, and the length of that JSON. A file that was cut off
// or damaged is not read to its end.
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { AttachmentFault } from '../loaded-attachment.js';
import { blockBytes, type Content } from './kept-content.js';

type Facts = Omit<Content, 'read' | 'close'> & { crc: number };

/** The bytes of the length of the JSON. */
const lengthBytes = 4;

/** Longer JSON is none of ours: the longest part is a URL. */
const mostFacts = 64 * 1024;

/** The file has its name once it is whole and on disk, so that no other process, and no kill, meets half of it. */
export async function writeEntry(path: string, unfinished: string, content: Content, now: number) {
  try {
    const file = await open(unfinished, 'wx', 0o600);
    try {
      await writeWhole(file, content);
      await file.utimes(now / 1000, now / 1000);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await unlink(unfinished).catch(() => undefined);
    throw error;
  }
}

async function writeWhole(file: FileHandle, { size, mimeType, validators, read }: Content): Promise<void> {
  let crc = 0;
  for await (const block of read()) {
    crc = crc32(block, crc);
    await file.writeFile(block);
  }
  const facts: Facts = { size, mimeType, ...(validators && { validators }), crc };
  const json = Buffer.from(JSON.stringify(facts));
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32BE(json.length);
  await file.writeFile(Buffer.concat([json, length]));
}

/**
 * @returns undefined for what is no whole entry
 * @throws the error of the file system, ENOENT where there is none
 */
export async function openEntry(path: string): Promise<{ content: Content; mtimeMs: number } | undefined> {
  const file = await open(path, 'r');
  let content: Content | undefined;
  try {
    const { size: whole, mtimeMs } = await file.stat();
    const facts = await readFacts(file, whole);
    if (facts === undefined) return undefined;
    const { crc, ...rest } = facts;
    content = { ...rest, read: () => readBytes(file, path, facts), close: () => file.close() };
    return { content, mtimeMs };
  } finally {
    if (content === undefined) await file.close();
  }
}

async function readFacts(file: FileHandle, whole: number): Promise<Facts | undefined> {
  const start = Math.max(0, whole - mostFacts - lengthBytes);
  const end = Buffer.alloc(whole - start);
  const { bytesRead } = await file.read(end, 0, end.length, start);
  if (bytesRead < end.length || bytesRead < lengthBytes) return undefined;
  const to = end.length - lengthBytes;
  const from = to - end.readUInt32BE(to);
  try {
    const facts = JSON.parse(end.toString('utf8', Math.max(0, from), to)) as Facts;
    return from >= 0 && facts.size === start + from ? facts : undefined;
  } catch {
    return undefined;
  }
}

/** The last block is given only where all are as they were written. */
async function* readBytes(file: FileHandle, path: string, { size, crc }: Facts): AsyncGenerator<Buffer> {
  let found = 0;
  for (let at = 0; at < size; ) {
    const block = Buffer.allocUnsafe(Math.min(blockBytes, size - at));
    const { bytesRead } = await file.read(block, 0, block.length, at);
    const read = block.subarray(0, bytesRead);
    found = crc32(read, found);
    at += bytesRead;
    if (bytesRead === 0 || (at === size && found !== crc)) {
      await unlink(path).catch(() => undefined);
      throw new AttachmentFault('its copy in the cache is damaged', true);
    }
    yield read;
  }
}
