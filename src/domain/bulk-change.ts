// A change of many messages: what is done with them, and which they are. No I/O.
import type { ShownStatus } from './status.js';

export const bulkActions = ['retry', 'cancel', 'prioritize'] as const;
export type BulkAction = (typeof bulkActions)[number];

/** Messages by their ids, or all that fit a filter. Times in milliseconds since the epoch. */
export type Selection = { ids: string[] } | { filter: SelectionFilter };

interface SelectionFilter {
  status?: ShownStatus | undefined;
  batchCode?: string | undefined;
  accountId?: string | undefined;
  since?: number | undefined;
  until?: number | undefined;
  search?: string | undefined;
  error?: string | undefined;
}

/** The error of a message that was cancelled. */
export const cancelled = 'Cancelled';
