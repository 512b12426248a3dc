// Keeps a content that arrives: in memory while it is small, then in a file that ends with the process.
import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const mostInMemory = 256 * 1024;
const blockBytes = 64 * 1024;

export interface Spool {
  readonly size: number;
  write(block: Buffer): Promise<void>;
  /** From the start each time. */
  read(): AsyncGenerator<Buffer>;
  close(): Promise<void>;
}

export function openSpool(): Spool {
  let size = 0;
  let blocks: Buffer[] = [];
  let file: FileHandle | undefined;
  return {
    get size() {
      return size;
    },
    async write(block) {
      size += block.length;
      if (file === undefined && size <= mostInMemory) {
        blocks.push(block);
        return;
      }
      file ??= await openNameless();
      for (const each of [...blocks, block]) await file.write(each);
      blocks = [];
    },
    async *read() {
      if (file === undefined) yield* blocks;
      else yield* readFile(file, size);
    },
    async close() {
      blocks = [];
      await file?.close();
    },
  };
}

/** The name is gone before anything is written, so that the file ends with the process, however that ends. */
async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `mail-proxy-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path);
  return file;
}

async function* readFile(file: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const block = Buffer.allocUnsafe(Math.min(blockBytes, size - at));
    const { bytesRead } = await file.read(block, 0, block.length, at);
    if (bytesRead === 0) throw new Error('A fetched content is shorter than it was');
    at += bytesRead;
    yield block.subarray(0, bytesRead);
  }
}
