// A folder as storage of large files.
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Storage, StorageFault, type StoredFile } from './storage.js';

const blockBytes = 256 * 1024;

/** A part of the path may be a file, where a folder has been before. */
const missing = new Set(['ENOENT', 'ENOTDIR']);

/** A web server in the group of the service may read the files. */
const modes = { folder: 0o750, file: 0o640 };

export function openFileStorage(folder: string): Storage {
  const pathOf = (name: string) => join(folder, name);
  return {
    async put(name, file, signal) {
      try {
        await write(pathOf(name), file, signal);
      } catch (error) {
        throw faultOf(error, 'The file could not be written');
      }
    },
    async *read(name, { from, to }) {
      if (to < from) return;
      try {
        yield* createReadStream(pathOf(name), {
          start: from,
          end: to,
          highWaterMark: blockBytes,
        }) as AsyncIterable<Buffer>;
      } catch (error) {
        throw faultOf(error, 'The file could not be read');
      }
    },
    async sizeOf(name) {
      try {
        return (await stat(pathOf(name))).size;
      } catch (error) {
        if (missing.has(codeOf(error))) return undefined;
        throw faultOf(error, 'The folder could not be read');
      }
    },
    async remove(name) {
      await unlinkIfThere(unfinished(pathOf(name)));
      await unlinkIfThere(pathOf(name));
    },
  };
}

/** Always the same, so that the removal of a file finds what a process that died has left of it. */
function unfinished(path: string): string {
  return `${path}.part`;
}

async function write(path: string, file: StoredFile, signal: AbortSignal): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: modes.folder });
  try {
    await synced(unfinished(path), 'w', async (handle) => {
      for await (const block of file.read()) {
        signal.throwIfAborted();
        await handle.writeFile(block);
      }
    });
    await rename(unfinished(path), path);
    // The name is on disk once its folder is, and that folder's own name once its parent is.
    for (const each of [folder, dirname(folder)]) await synced(each, 'r');
  } catch (error) {
    await unlinkIfThere(unfinished(path));
    throw error;
  }
}

async function synced(path: string, flags: string, use?: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags, modes.file);
  try {
    await use?.(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function unlinkIfThere(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (!missing.has(codeOf(error))) throw faultOf(error, 'The file could not be removed');
  });
}

function codeOf(error: unknown): string {
  return String(Object(error).code ?? Object(error).name);
}

/** Paths are the operator's, so the tenant reads the code alone. */
function faultOf(error: unknown, what: string): StorageFault {
  return error instanceof StorageFault
    ? error
    : new StorageFault(`${what} (${codeOf(error)})`, { cause: error });
}
