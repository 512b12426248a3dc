// Counts the attachments that are fetched when their messages are sent, those that the cache had, and their bytes.
import { Counter, type Registry } from 'prom-client';
import { fetchModes } from '../domain/attachment/attachment.js';

export type AttachmentCounter = <T extends { size: number; isCached?: boolean }>(
  source: string,
  fetch: () => Promise<T>,
) => Promise<T>;

/** A fault that may pass, of the source or of this process, counts as deferred. */
export function openAttachmentCounters(register: Registry): AttachmentCounter {
  const registers = [register];
  const fetches = new Counter({
    name: 'gmp_attachment_fetches_total',
    help: 'Attachments that this process fetched, had in its cache, or failed to fetch, by source and result: take sum().',
    labelNames: ['source', 'result'],
    registers,
  });
  const bytes = new Counter({
    name: 'gmp_attachment_bytes_total',
    help: 'Bytes of the attachments that this process fetched, without those of its cache, by source: take sum().',
    labelNames: ['source'],
    registers,
  });
  for (const source of fetchModes) {
    if (source === 'base64') continue;
    // Files are read where they are.
    const results = ['fetched', ...(source === 'filesystem' ? [] : ['cached']), 'deferred', 'failed'];
    for (const result of results) fetches.inc({ source, result }, 0);
    bytes.inc({ source }, 0);
  }
  return async (source, fetch) => {
    try {
      const fetched = await fetch();
      fetches.inc({ source, result: fetched.isCached ? 'cached' : 'fetched' });
      if (!fetched.isCached) bytes.inc({ source }, fetched.size);
      return fetched;
    } catch (error) {
      fetches.inc({ source, result: Object(error).isTemporary === false ? 'failed' : 'deferred' });
      throw error;
    }
  };
}
