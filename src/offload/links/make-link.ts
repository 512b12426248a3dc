// Makes the link to a large file for one mail.
import { randomBytes } from 'node:crypto';
import { linkTypeOf, ttlMs } from '../../domain/large-file/config.js';
import { type FileLink, type LinkedMessage, putLink } from '../../store/files/file-links.js';
import type { LargeFileRules } from '../../store/tenants/storage-secret.js';
import type { Needs } from '../context.js';
import { StorageFault } from '../storage/storage.js';
import { nameInStorage } from '../store-file.js';
import { nameInUrl } from './name-in-url.js';
import { writeToken } from './token.js';

/** @throws StorageFault when the file is being removed at this moment, or no link can be made */
export async function makeLink(
  ctx: Needs<'db' | 'clock' | 'config' | 'secrets' | 'offload'>,
  rules: LargeFileRules,
  message: LinkedMessage,
  n: number,
  file: Pick<FileLink, 'filename' | 'mimeType' | 'size'> & { fileId: string },
): Promise<FileLink> {
  const { fileId, filename, mimeType, size } = file;
  const id = randomBytes(16).toString('hex');
  const key = randomBytes(32).toString('base64');
  const { url, expiresAt } = await urlOf(ctx, rules, message.tenantId, { ...file, id, key });
  const link: FileLink = { id, filename, mimeType, size, url, key, expiresAt };
  if (!(await putLink(ctx, message, n, fileId, link))) throw new StorageFault('it is being removed');
  return link;
}

async function urlOf(
  ctx: Needs<'clock' | 'config' | 'offload'>,
  { config, login }: LargeFileRules,
  tenantId: string,
  {
    id,
    key,
    fileId,
    filename,
    mimeType,
  }: Pick<FileLink, 'id' | 'key' | 'filename' | 'mimeType'> & { fileId: string },
): Promise<{ url: string; expiresAt: number }> {
  const { publicUrl } = ctx.config;
  const base = (config.public_base_url ?? publicUrl)?.replace(/\/+$/, '');
  // Whole seconds, as in tokens.
  const expiresAt = Math.floor((ctx.clock.now() + ttlMs(config)) / 1000) * 1000;
  const type = linkTypeOf(config, publicUrl);
  if (type === 'presigned') {
    const storage = await ctx.offload.storage(config.storage_url ?? '', login);
    if (storage.link === undefined) throw new StorageFault('its storage signs no links');
    const validMs = Math.min(ttlMs(config), storage.longestLinkMs ?? Number.POSITIVE_INFINITY);
    const signed = { filename, mimeType, validMs, expiresAt: ctx.clock.now() + validMs };
    return { url: await storage.link(nameInStorage(tenantId, fileId), signed), expiresAt: signed.expiresAt };
  }
  if (base === undefined) throw new StorageFault('neither public_base_url nor GMP_PUBLIC_URL is set');
  if (type === 'public') return { url: `${base}/${nameInStorage(tenantId, fileId)}`, expiresAt };
  const token = writeToken({ kind: 'page', linkId: id, expiresAt }, key);
  return { url: `${base}/download/${token}/${nameInUrl(filename)}`, expiresAt };
}
