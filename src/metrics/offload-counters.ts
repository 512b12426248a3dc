// Counts what becomes of large files: uploads to storages, and downloads.
import { Counter, type Registry } from 'prom-client';

const results = ['uploaded', 'reused', 'failed'] as const;

export interface OffloadCounters {
  /** Counts a large attachment that was put into a link. @param bytes that went to the storage */
  offload(result: (typeof results)[number], bytes: number): void;
  /** Counts that a person asked for a large file. */
  downloaded(): void;
}

export function openOffloadCounters(register: Registry): OffloadCounters {
  const registers = [register];
  const offloads = new Counter({
    name: 'gmp_offloads_total',
    help: 'Large attachments put into links by this process, by result (reused: was in the storage already): take sum().',
    labelNames: ['result'],
    registers,
  });
  const bytes = new Counter({
    name: 'gmp_offload_bytes_total',
    help: 'Bytes of large attachments that this process put into storages: take sum().',
    registers,
  });
  const downloads = new Counter({
    name: 'gmp_downloads_total',
    help: 'Downloads of large files that a person asked this process for: take sum().',
    registers,
  });
  for (const result of results) offloads.inc({ result }, 0);
  return {
    offload(result, stored) {
      offloads.inc({ result });
      bytes.inc(stored);
    },
    downloaded: () => downloads.inc(),
  };
}
