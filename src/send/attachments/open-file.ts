// Opens a file that a message names: a plain file below the folder of the settings, and none of the service's own.
import { constants } from 'node:fs';
import { type FileHandle, open, realpath, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Needs } from '../../context.js';
import type { Attachment } from '../../domain/attachment/attachment.js';
import { digestOf } from '../../domain/attachment/digest.js';
import { isBelow, resolveFilePath } from '../../domain/attachment/file-path.js';
import { mimeTypeOfContent, mimeTypeOfName, mostToRecognize } from '../../domain/attachment/mime-type.js';
import { AttachmentFault, type LoadedAttachment } from './loaded-attachment.js';

const mebibyte = 1024 * 1024;
const blockBytes = 64 * 1024;

/** Faults of the system that may pass: too many open files, and a file system that is away. */
const passing = new Set(['EMFILE', 'ENFILE', 'EIO', 'ESTALE', 'ETIMEDOUT', 'EAGAIN', 'EBUSY']);

/** @throws AttachmentFault */
export async function openFile(
  ctx: Needs<'config'>,
  tenantId: string,
  attachment: Attachment,
): Promise<LoadedAttachment> {
  const { filename, path = '' } = attachment;
  const fail = (reason: string, isTemporary = false) => new AttachmentFault(reason, isTemporary);
  let file: FileHandle | undefined;
  try {
    file = await openBelow(ctx, tenantId, path, fail);
    const { size, mtimeMs } = await file.stat();
    const most = ctx.config.maxAttachmentMb;
    if (size > most * mebibyte) throw fail(`it has ${size} bytes, more than GMP_MAX_ATTACHMENT_MB (${most})`);
    const opened = file;
    const read = () => readFile(opened, { size, mtimeMs }, fail);
    if (attachment.md5 !== undefined && (await digestOf('md5', read())) !== attachment.md5)
      throw fail('its content does not have the stated MD5');
    const start = Buffer.alloc(Math.min(size, mostToRecognize));
    await file.read(start, 0, start.length, 0);
    const mimeType = attachment.mimeType ?? mimeTypeOfName(filename) ?? (await mimeTypeOfContent(start));
    return { ...attachment, mimeType, size, read, close: () => opened.close() };
  } catch (error) {
    await file?.close();
    if (error instanceof AttachmentFault) throw error;
    const code = String(Object(error).code);
    // Paths and reasons of the system are the operator's, and the tenant learns no more than it named.
    throw code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP'
      ? fail('there is no such file')
      : fail(`the file cannot be read (${code})`, passing.has(code));
  }
}

/**
 * The path is resolved before and after the file is opened, because a link on the way may be exchanged in between. The file
 * opened is the one whose path was checked. O_NONBLOCK, because opening a FIFO would wait for a writer.
 */
async function openBelow(
  { config }: Needs<'config'>,
  tenantId: string,
  path: string,
  fail: (reason: string, isTemporary?: boolean) => AttachmentFault,
): Promise<FileHandle> {
  const named = resolveFilePath(config.attachmentBaseDir, tenantId, path);
  if (typeof named === 'string') throw fail(`its path ${named}`);
  const folder = await realpath(named.folder);
  const check = async () => {
    const real = await realpath(named.file);
    if (!isBelow(folder, real)) throw fail('its path leads outside of GMP_ATTACHMENT_BASE_DIR');
    const found = await stat(real, { bigint: true });
    if (!found.isFile()) throw fail('it is not a file');
    return { real, found };
  };
  const before = await check();
  if (await isOurs(config, before.real, before.found)) throw fail('it belongs to the service itself');
  const file = await open(before.real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const opened = await file.stat({ bigint: true });
    const after = await check();
    if (!opened.isFile() || !isSame(opened, before.found) || !isSame(opened, after.found))
      throw fail('it was exchanged while it was opened', true);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface FileId {
  dev: bigint;
  ino: bigint;
}

const isSame = (one: FileId, other: FileId) => one.dev === other.dev && one.ino === other.ino;

/**
 * The database and what stands beside it under its name (its journal, key, contents and private Redis), the stored contents,
 * and the file with the admin token; also under another name.
 */
async function isOurs(config: Needs<'config'>['config'], real: string, found: FileId): Promise<boolean> {
  const { dbPath, adminTokenFile = './mail_service.admin-token' } = config;
  const folders = [config.attachmentStoreDir, config.attachmentCacheDiskDir].filter(
    (path) => path !== undefined,
  );
  const beside = ['', '-wal', '-shm', '-journal', '.key'].map((ending) => `${dbPath}${ending}`);
  const own = [...beside, adminTokenFile, '.env'].map((path) => resolve(path));
  for (const path of [...own, ...folders]) {
    const actual = await realpath(path).catch(() => path);
    if (real.startsWith(path) || real.startsWith(actual)) return true;
    const there = await stat(path, { bigint: true }).catch(() => undefined);
    if (there !== undefined && isSame(there, found)) return true;
  }
  return false;
}

/** Reads the file as it was when it was opened. A file that has changed since fails before its last byte is given. */
async function* readFile(
  file: FileHandle,
  { size, mtimeMs }: { size: number; mtimeMs: number },
  fail: (reason: string, isTemporary: boolean) => AttachmentFault,
): AsyncGenerator<Buffer> {
  for (let at = 0; at < size; ) {
    const block = Buffer.allocUnsafe(Math.min(blockBytes, size - at));
    const { bytesRead } = await file.read(block, 0, block.length, at);
    at += bytesRead;
    if (bytesRead === 0 || (at === size && (await file.stat()).mtimeMs !== mtimeMs))
      throw fail('the file changed while it was read', true);
    yield block.subarray(0, bytesRead);
  }
}
