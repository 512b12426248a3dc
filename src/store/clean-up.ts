// Deletes messages that are over and done with: ended, and every event of theirs acknowledged long enough ago.
import type { Needs } from '../context.js';
import { lastPkBefore } from '../message.js';
import { lookAtPage } from './pages.js';
import { rowsOf } from './sql.js';

/** What one statement deletes at most: on SQLite it holds up all other writes for some tens of milliseconds. */
const pageSize = 500;

/**
 * Messages of tenants whose reports go nowhere are never reported, so they stay.
 * @param before deletes what was reported earlier than this, in milliseconds since the epoch
 * @returns how many
 */
export async function cleanUpMessages(ctx: Needs<'db'>, tenantId: string, before: number): Promise<number> {
  // What was accepted later cannot have been reported before.
  const last = lastPkBefore(before);
  let removed = 0;
  for (const status of ['sent', 'error'] as const) {
    for (let after: string | undefined = ''; after !== undefined && after < last; ) {
      const page = await lookAtPage(ctx, tenantId, { activeOnly: false, status, limit: pageSize, after });
      removed += await deleteReported(ctx, page.pks, before);
      after = page.nextCursor;
    }
  }
  return removed;
}

async function deleteReported(ctx: Needs<'db'>, pks: string[], before: number): Promise<number> {
  if (pks.length === 0) return 0;
  const named = rowsOf(
    ctx.db.kind,
    { pk: 'text' },
    pks.map((pk) => ({ pk })),
  );
  const [removed] = await ctx.db.write<[number]>((client) => [
    // A message that was deferred is marked as reported with its deferral, though its end may not be yet.
    client.$executeRaw`
      DELETE FROM messages
      WHERE pk IN (SELECT j.pk FROM ${named}) AND status IN ('sent', 'error')
        AND reported_at < CAST(${before} AS BIGINT)
        AND NOT EXISTS (SELECT 1 FROM events e
          WHERE e.message_pk = messages.pk AND e.reported_at IS NULL AND e.type <> 'queued')`,
  ]);
  return removed;
}
