// The folder of kept contents, a file for each. Any number of processes may use it at once.
import { randomUUID } from 'node:crypto';
import { mkdir, unlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../../../config.js';
import type { Needs } from '../../../context.js';
import { reasonOf } from '../../../errors.js';
import { openEntry, writeEntry } from './entry-file.js';
import type { Content } from './kept-content.js';
import { costOf, trimFolder, unfinishedEnding } from './trim-folder.js';

interface CacheFolder {
  find(key: string): Promise<Content | undefined>;
  keep(key: string, content: Content): Promise<void>;
  close(): void;
}

const mebibyte = 1024 * 1024;
const trimEveryMs = 60_000;

/** Failures to write are logged this often at most. */
const logEveryMs = 600_000;

/** @returns undefined where contents are kept on no disk */
function folderOf({ attachmentCacheDiskDir, attachmentCacheDiskMaxMb, dbPath }: Config): string | undefined {
  if (attachmentCacheDiskMaxMb === 0) return undefined;
  if (attachmentCacheDiskDir !== undefined) return attachmentCacheDiskDir;
  return /^postgres(ql)?:/i.test(dbPath) ? undefined : `${dbPath}.attachment-cache`;
}

export function openCacheFolder(ctx: Needs<'config' | 'clock' | 'log'>): CacheFolder | undefined {
  const { config, clock } = ctx;
  const folder = folderOf(config);
  if (folder === undefined) return undefined;
  const mostBytes = config.attachmentCacheDiskMaxMb * mebibyte;
  const ttlMs = config.attachmentCacheDiskTtlSeconds * 1000;
  // By the first digit, because listing a folder of all files would take long.
  const pathOf = (key: string) => join(folder, key.charAt(0), key);
  const failed = openFailureLog(ctx, folder);
  const size = watchSize(() => trimFolder(folder, { now: clock.now(), ttlMs, mostBytes }), mostBytes, failed);
  void size.trim();
  return {
    async find(key) {
      try {
        return await find(pathOf(key), clock.now(), ttlMs);
      } catch (error) {
        if (Object(error).code !== 'ENOENT') failed(error);
        return undefined;
      }
    },
    async keep(key, content) {
      if (costOf(content.size) > mostBytes) return;
      const path = pathOf(key);
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await writeEntry(path, `${path}.${randomUUID()}${unfinishedEnding}`, content, clock.now());
        await size.add(costOf(content.size));
      } catch (error) {
        failed(error);
      }
    },
    close: clock.every(trimEveryMs, () => void size.trim()),
  };
}

async function find(path: string, now: number, ttlMs: number): Promise<Content | undefined> {
  const found = await openEntry(path);
  if (found === undefined || found.mtimeMs <= now - ttlMs) {
    await found?.content.close();
    await unlink(path);
    return undefined;
  }
  // The time of its last use, by which surplus entries are removed.
  if (now - found.mtimeMs > ttlMs / 10) await utimes(path, now / 1000, now / 1000).catch(() => undefined);
  return found.content;
}

/** Trims the folder again once it is too large as far as this process knows: others write too. */
function watchSize(trimNow: () => Promise<number>, mostBytes: number, failed: (error: unknown) => void) {
  let total = 0;
  let trimming: Promise<void> | undefined;
  async function trimOnce(): Promise<void> {
    try {
      total = await trimNow();
    } catch (error) {
      failed(error);
    } finally {
      trimming = undefined;
    }
  }
  const trim = () => {
    trimming ??= trimOnce();
    return trimming;
  };
  return {
    trim,
    async add(bytes: number) {
      total += bytes;
      if (total > mostBytes) await trim();
    },
  };
}

function openFailureLog({ clock, log }: Needs<'clock' | 'log'>, folder: string): (error: unknown) => void {
  let loggedAt: number | undefined;
  return (error) => {
    const now = clock.monotonic();
    if (loggedAt !== undefined && now - loggedAt < logEveryMs) return;
    loggedAt = now;
    const facts = { event: 'attachment_cache.failed', folder, reason: reasonOf(error) };
    log.warn(facts, 'Fetched attachments cannot be kept on disk; they are fetched each time');
  };
}
