// The messages that a page of a change is about, by ids or by a filter.
import type { Needs } from '../context.js';
import { type SearchFilter, searchMessages } from '../search/search-messages.js';
import type { BulkChange } from './bulk-changes.js';

interface SelectedPage {
  pks: string[];
  examined: number;
  /** Where the next page begins; undefined: this is the last one. */
  cursor: string | undefined;
}

/** Messages that were accepted after the change had begun are not part of it. */
export async function selectPage(
  ctx: Needs<'db'>,
  change: Pick<BulkChange, 'tenantId' | 'action' | 'selection' | 'cursor' | 'createdAt'>,
  size: number,
): Promise<SelectedPage> {
  const { tenantId, action, selection, cursor, createdAt } = change;
  if ('ids' in selection) {
    const from = Number(cursor);
    const ids = selection.ids.slice(from, from + size);
    const where = { tenantId, id: { in: ids } };
    const found = await ctx.db.read.message.findMany({ where, select: { pk: true } });
    const end = from + ids.length;
    const isLast = end >= selection.ids.length;
    return { pks: found.map(({ pk }) => pk), examined: ids.length, cursor: isLast ? undefined : String(end) };
  }
  const { filter } = selection;
  const asked: SearchFilter = {
    ...filter,
    // What has failed is retried, and what waits is cancelled or given another priority, unless another status is named.
    status: filter.status ?? (action === 'retry' ? 'error' : undefined),
    activeOnly: action !== 'retry',
    until: Math.min(filter.until ?? Number.POSITIVE_INFINITY, createdAt + 1),
    before: cursor === '' ? undefined : cursor,
    limit: size,
  };
  const { pks, nextCursor } = await searchMessages(ctx, tenantId, asked);
  return { pks, examined: pks.length, cursor: nextCursor };
}
