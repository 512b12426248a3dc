// Moves the ids of events ahead at every start, so that a restored database does not give ids out a second time.
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rows, run } from '../db/transaction.js';

/** More events a second than any installation has in the long run. */
const mostPerSecond = 100_000;
const startOf2026Ms = Date.UTC(2026, 0, 1);

/**
 * At every start, the next id is raised to a number that grows by `mostPerSecond` with the wall clock. So ids given out
 * after a restore are higher than those given out before it, and no state outside the database is needed.
 * Ids stay below 2^53, and below the 2^48 of `settled-events.ts` until the year 2115.
 */
export async function advanceEventIds(ctx: Needs<'db' | 'clock'>): Promise<void> {
  const first = Math.floor(((ctx.clock.now() - startOf2026Ms) / 1000) * mostPerSecond);
  if (first <= 0) return;
  if (ctx.db.kind === 'postgresql') {
    await ctx.db.transaction({
      moved: rows(
        sql`SELECT setval('events_id_seq', ${first}) FROM events_id_seq WHERE last_value < ${first}`,
      ),
    });
    return;
  }
  await ctx.db.transaction({
    made: run(sql`INSERT INTO sqlite_sequence (name, seq) SELECT 'events', 0
      WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'events')`),
    moved: run(sql`UPDATE sqlite_sequence SET seq = ${first} WHERE name = 'events' AND seq < ${first}`),
  });
}
