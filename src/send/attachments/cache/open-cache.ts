// Keeps fetched contents for a while: all in a folder that the processes of a machine share, and small ones in memory too.
import { LRUCache } from 'lru-cache';
import type { Needs } from '../../../context.js';
import { openCacheFolder } from './cache-folder.js';
import { type Content, inBlocks } from './kept-content.js';

interface ContentCache {
  /**
   * @param key says whose content it is and what it was asked for by
   * @returns undefined where it is not kept
   */
  find(key: string): Promise<Content | undefined>;
  /** A content that cannot be kept is fetched again the next time; nobody else is told. */
  keep(key: string, content: Content): Promise<void>;
  close(): void;
}

const mebibyte = 1024 * 1024;

/** What an entry takes in memory beside its bytes. */
const bytesPerEntry = 1024;

type InMemory = Omit<Content, 'read' | 'close'> & { bytes: Buffer };

export function openCache(ctx: Needs<'config' | 'clock' | 'log'>): ContentCache {
  const { attachmentCacheMemoryMaxMb, attachmentCacheMemoryTtlSeconds } = ctx.config;
  const mostInMemory = ctx.config.attachmentCacheDiskThresholdKb * 1024;
  const memory = attachmentCacheMemoryMaxMb === 0 ? undefined : openMemory(ctx);
  const folder = openCacheFolder(ctx);

  function openMemory({ clock }: Needs<'clock'>): LRUCache<string, InMemory> {
    return new LRUCache({
      maxSize: attachmentCacheMemoryMaxMb * mebibyte,
      sizeCalculation: ({ bytes }) => bytes.length + bytesPerEntry,
      ttl: attachmentCacheMemoryTtlSeconds * 1000,
      ttlResolution: 0,
      perf: { now: () => clock.monotonic() },
    });
  }

  async function toMemory(key: string, { size, mimeType, validators, read }: Content): Promise<void> {
    if (memory === undefined || size > mostInMemory) return;
    const blocks: Buffer[] = [];
    for await (const block of read()) blocks.push(block);
    memory.set(key, { size, mimeType, ...(validators && { validators }), bytes: Buffer.concat(blocks) });
  }

  return {
    async find(key) {
      const found = memory?.get(key);
      if (found !== undefined) {
        const { bytes, ...facts } = found;
        return { ...facts, read: () => inBlocks(bytes), close: async () => undefined };
      }
      const content = await folder?.find(key);
      try {
        if (content !== undefined) await toMemory(key, content);
        return content;
      } catch {
        // Its file is damaged, and was removed.
        await content?.close();
        return undefined;
      }
    },
    async keep(key, content) {
      memory?.delete(key);
      await toMemory(key, content);
      await folder?.keep(key, content);
    },
    close: () => folder?.close(),
  };
}
