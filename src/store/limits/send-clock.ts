// The time line that limits are counted on: it goes on evenly whatever happens to the wall clock.
import type { Needs, SendClock } from '../context.js';
import { bootId } from '../instance/this-host.js';

/**
 * The first process after a boot sets the host's time line to the wall clock; all others of this boot follow it by the
 * monotonic clock they share. What is stamped later than now, because a boot or another host set its line differently,
 * still holds: no entry of the log is stamped earlier than the one before it (send-log.ts).
 */
export async function openSendClock(ctx: Needs<'db' | 'clock'>): Promise<SendClock> {
  const { db, clock } = ctx;
  const own = Math.round(clock.now() - clock.monotonic());
  const host = bootId();
  if (host === undefined) return () => clock.monotonic() + own;
  await db.write((client) => [
    client.$executeRaw`INSERT INTO clock_anchors (host, offset_ms) VALUES (${host}, CAST(${own} AS BIGINT))
      ON CONFLICT (host) DO NOTHING`,
  ]);
  const { offsetMs } = await db.read.clockAnchor.findUniqueOrThrow({ where: { host } });
  const offset = Number(offsetMs);
  return () => clock.monotonic() + offset;
}
