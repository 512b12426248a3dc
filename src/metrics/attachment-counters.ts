// Counts the attachments that this process fetches when their messages are sent.
import { Counter, type Registry } from 'prom-client';
import { fetchModes } from '../domain/attachment/attachment.js';

/** A fault that may pass, of the source or of this process, counts as deferred. */
export function openAttachmentCounters(
  register: Registry,
): <T extends { size: number }>(source: string, fetch: () => Promise<T>) => Promise<T> {
  const registers = [register];
  const fetches = new Counter({
    name: 'gmp_attachment_fetches_total',
    help: 'Attachments that this process fetched, or failed to, by source and result: take sum().',
    labelNames: ['source', 'result'],
    registers,
  });
  const bytes = new Counter({
    name: 'gmp_attachment_bytes_total',
    help: 'Bytes of the attachments that this process fetched, by source: take sum().',
    labelNames: ['source'],
    registers,
  });
  for (const source of fetchModes) {
    if (source === 'base64') continue;
    for (const result of ['fetched', 'deferred', 'failed']) fetches.inc({ source, result }, 0);
    bytes.inc({ source }, 0);
  }
  return async (source, fetch) => {
    try {
      const fetched = await fetch();
      fetches.inc({ source, result: 'fetched' });
      bytes.inc({ source }, fetched.size);
      return fetched;
    } catch (error) {
      fetches.inc({ source, result: Object(error).isTemporary === false ? 'failed' : 'deferred' });
      throw error;
    }
  };
}
