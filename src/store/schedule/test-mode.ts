// In test mode (GMP_TEST_MODE), only what was handed in and due before the last run-now may be sent.
import { acceptedAt, lastPkBefore } from '../../domain/message.js';
import type { Needs } from '../context.js';
import { perDatabase } from '../db/per-database.js';
import { empty, type Sql, sql } from '../db/sql.js';

/** The time of the last run-now, in milliseconds since the epoch. In memory, because test mode is for a single process. */
const lastRun = perDatabase((_ctx: Needs<'db'>) => ({ at: 0 }));

/** What a start, `/ready` and `explain` say of it. */
export const testModeHolds =
  'Test mode (GMP_TEST_MODE) waits for POST /commands/run-now before anything is sent';

/** Lets the messages leave that are due now. Without test mode, this changes nothing. */
export function releaseDue(ctx: Needs<'db' | 'clock'>): void {
  lastRun(ctx).at = ctx.clock.now();
}

/** A condition on a row of `messages`, beginning with AND. The revision tells when the message was handed in. */
export function isReleased(ctx: Needs<'db' | 'config'>): Sql {
  if (!ctx.config.testMode) return empty;
  const { at } = lastRun(ctx);
  return sql`AND messages.revision <= ${lastPkBefore(at + 1)} AND messages.due_at <= ${at}`;
}

/** Whether only test mode holds a message back that is due. */
export function isHeld(ctx: Needs<'db' | 'config'>, revision: string, dueAt: number): boolean {
  if (!ctx.config.testMode) return false;
  const { at } = lastRun(ctx);
  return acceptedAt(revision) > at || dueAt > at;
}
