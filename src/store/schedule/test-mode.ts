// In test mode (GMP_TEST_MODE), only what was handed in and due before the last run-now may be sent.
import { acceptedAt, lastPkBefore } from '../../domain/message.js';
import type { Needs } from '../context.js';
import { perDatabase } from '../db/per-database.js';
import { empty, join, type Sql, sql } from '../db/sql.js';

/** What a start, `/ready` and `explain` say of it. */
export const testModeHolds =
  'Test mode (GMP_TEST_MODE) waits for POST /commands/run-now before anything is sent';

/** The times of the last run-now, in milliseconds since the epoch. In memory, because test mode is for a single process. */
const lastRuns = perDatabase((_ctx: Needs<'db'>) => ({ ofAll: 0, ofTenant: new Map<string, number>() }));

/**
 * Lets the messages leave that are due now. Without test mode, this changes nothing.
 * @param tenantId whose; undefined: everybody's
 */
export function releaseDue(ctx: Needs<'db' | 'clock' | 'config'>, tenantId: string | undefined): void {
  if (!ctx.config.testMode) return;
  const runs = lastRuns(ctx);
  if (tenantId !== undefined) {
    runs.ofTenant.set(tenantId, ctx.clock.now());
    return;
  }
  runs.ofAll = ctx.clock.now();
  runs.ofTenant.clear();
}

/** A condition on a row of `messages`, beginning with AND. The revision tells when the message was handed in. */
export function isReleased(ctx: Needs<'db' | 'config'>): Sql {
  if (!ctx.config.testMode) return empty;
  const { ofAll, ofTenant } = lastRuns(ctx);
  const wasDue = (at: number) =>
    sql`messages.revision <= ${lastPkBefore(at + 1)} AND messages.due_at <= ${at}`;
  const own = [...ofTenant].map(([id, at]) => sql`messages.tenant_id = ${id} AND ${wasDue(at)}`);
  return sql`AND (${join([wasDue(ofAll), ...own], ' OR ')})`;
}

/** Whether only test mode holds a message back that is due. */
export function isHeld(
  ctx: Needs<'db' | 'config'>,
  tenantId: string,
  revision: string,
  dueAt: number,
): boolean {
  if (!ctx.config.testMode) return false;
  const { ofAll, ofTenant } = lastRuns(ctx);
  const at = ofTenant.get(tenantId) ?? ofAll;
  return acceptedAt(revision) > at || dueAt > at;
}
