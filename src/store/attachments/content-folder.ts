// The folder of large contents on SQLite: a file for each content, durable once it is written.
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Needs } from '../context.js';

/** By the first digit of the id, because listing a folder of all files would take long. */
const subfolders = [...'0123456789abcdef'];

type FolderNeeds = Needs<'config'>;

export function contentFolder({ config }: FolderNeeds): string {
  return config.attachmentStoreDir ?? `${config.dbPath}.attachments`;
}

function pathOf(ctx: FolderNeeds, id: string): string {
  return join(contentFolder(ctx), id.charAt(0), id);
}

/** The file has its name once it is whole and on disk. */
export async function writeFile(ctx: FolderNeeds, id: string, blocks: AsyncIterable<Buffer>): Promise<void> {
  const path = pathOf(ctx, id);
  const folder = join(path, '..');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unfinished = `${path}.part`;
  try {
    await synced(unfinished, 'wx', async (file) => {
      for await (const block of blocks) await file.writeFile(block);
    });
    await rename(unfinished, path);
    // The name is on disk once its folder is, and that folder's own name once its parent is.
    for (const each of [folder, contentFolder(ctx), join(contentFolder(ctx), '..')]) await synced(each, 'r');
  } catch (error) {
    await remove(unfinished);
    throw error;
  }
}

async function synced(
  path: string,
  flags: string,
  write?: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await write?.(file);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The stream's error tells of a file that is missing. */
export function readFile(ctx: FolderNeeds, id: string): AsyncIterable<Buffer> {
  return createReadStream(pathOf(ctx, id), { highWaterMark: 256 * 1024 });
}

export function removeFile(ctx: FolderNeeds, id: string): Promise<void> {
  return remove(pathOf(ctx, id));
}

/** The ids of the files in the folder, a sub-folder at a time. Files that are not finished have the id of their content. */
export async function* listFiles(
  ctx: FolderNeeds,
): AsyncGenerator<{ id: string; remove(): Promise<void> }[]> {
  for (const subfolder of subfolders) {
    const folder = join(contentFolder(ctx), subfolder);
    const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    yield names.map((name) => ({
      id: name.replace(/\.part$/, ''),
      remove: () => remove(join(folder, name)),
    }));
  }
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
