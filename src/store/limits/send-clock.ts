// The time line that limits are counted on. It goes on evenly, even when the wall clock is set.
import type { Needs, SendClock } from '../context.js';
import { sql } from '../db/sql.js';
import { run } from '../db/transaction.js';
import { bootId } from '../instance/this-host.js';

/**
 * The first process after a boot of the host sets the host's time line to the wall clock. All other processes of this
 * boot follow that line by the monotonic clock they share. An earlier boot or another host may have set its line
 * differently, so an entry of the log may be stamped later than now. It still counts, because no entry is stamped
 * earlier than the one before it (send-log.ts).
 */
export async function openSendClock(ctx: Needs<'db' | 'clock'>): Promise<SendClock> {
  const { db, clock } = ctx;
  const own = Math.round(clock.now() - clock.monotonic());
  const host = bootId();
  if (host === undefined) return () => clock.monotonic() + own;
  await db.transaction({
    anchored: run(sql`INSERT INTO clock_anchors (host, offset_ms) VALUES (${host}, ${own})
      ON CONFLICT (host) DO NOTHING`),
  });
  const { offsetMs } = await db.read.clockAnchor.findUniqueOrThrow({ where: { host } });
  const offset = Number(offsetMs);
  return () => clock.monotonic() + offset;
}
