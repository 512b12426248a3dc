// Ends messages that became too old behind the breaker of their account, which no attempt ends while it is open.
import type { Needs } from '../queue/context.js';
import { rejectUnsent } from '../store/messages/mark-waiting.js';
import { findStoppedTooLong } from '../store/schedule/stopped-too-long.js';

const pageSize = 500;
/** The next sweep ends the others. */
const mostPages = 20;

type EndNeeds = Needs<'db' | 'clock' | 'config' | 'secrets' | 'enqueueReport' | 'metrics'>;

/** @returns how many messages */
export async function endTooOld(ctx: EndNeeds): Promise<number> {
  let ended = 0;
  for (let page = 0; page < mostPages; page += 1) {
    const stopped = await findStoppedTooLong(ctx, pageSize);
    const metadata = { account_rests: true };
    const statuses = await rejectUnsent(
      ctx,
      stopped.map(({ pk, revision, reason }) => ({ pk, revision, error: reason, metadata })),
    );
    for (const [n, message] of stopped.entries()) {
      const status = statuses[n];
      if (status === undefined) continue;
      ended += 1;
      ctx.metrics.attemptEnded(message, { status, at: ctx.clock.now() }, message);
    }
    for (const tenantId of new Set(stopped.map((one) => one.tenantId))) ctx.enqueueReport(tenantId);
    if (stopped.length < pageSize) break;
  }
  return ended;
}
