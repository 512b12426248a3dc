// Finds what a token gives access to: nothing, when it was changed, has expired or was revoked.

import { findLink, type OpenedLink } from '../../store/files/file-links.js';
import { openFileLogin } from '../../store/files/large-files.js';
import type { Needs } from '../context.js';
import { type ByteRange, StorageFault } from '../storage/storage.js';
import { nameInStorage } from '../store-file.js';
import { isSigned, readToken, type Token } from './token.js';

type OpenNeeds = Needs<'db' | 'clock' | 'secrets'>;

type LinkAnswer = { kind: 'unknown' | 'ended' } | { kind: Token['kind']; link: OpenedLink };

/** @param name as in the address; a link has one address */
export async function openLink(ctx: OpenNeeds, text: string, name: string): Promise<LinkAnswer> {
  const token = readToken(text);
  const link = token && (await findLink(ctx, token.linkId));
  if (token === undefined || link === undefined || !isSigned(text, link.key)) return { kind: 'unknown' };
  if (name.normalize() !== link.filename.toWellFormed().normalize()) return { kind: 'unknown' };
  const now = ctx.clock.now();
  // Who has begun a download may end it, although the lifespan after it is over.
  const ends = token.kind === 'file' ? token.expiresAt : Math.min(token.expiresAt, link.expiresAt);
  if (link.isRevoked || link.file === undefined || ends <= now) return { kind: 'ended' };
  return { kind: token.kind, link };
}

/** @throws StorageFault */
export async function readLinked(
  ctx: Needs<'secrets' | 'offload'>,
  { tenantId, file, largeFileConfig, storageSecret }: OpenedLink,
  range: ByteRange,
): Promise<AsyncIterable<Buffer>> {
  if (file === undefined) throw new StorageFault('the file is removed');
  const login = openFileLogin(ctx, file, { id: tenantId, largeFileConfig, storageSecret });
  const storage = await ctx.offload.storage(file.storageUrl, login);
  return storage.read(nameInStorage(tenantId, file.id), range);
}
