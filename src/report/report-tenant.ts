// Tells one tenant's application what happened to its messages, in order, until there is nothing left to tell.
import type { Needs } from '../context.js';
import { findUnreported, markReported } from '../store/events.js';
import { findReportTarget } from '../store/tenants.js';
import { toEntry } from './payload.js';
import { postReport } from './post.js';
import { readNextSync } from './read-answer.js';
import { signReport } from './sign.js';

export type ReportResult = { kind: 'done'; reported: number } | { kind: 'failed'; reason: string };

/**
 * Posts the oldest events first and marks them once they are acknowledged; the same events go out again after a
 * failure. One call per tenant at a time: the queue of reports sees to that.
 * @param signals `stop` ends the work after the report under way, `cut` at once
 */
export async function reportTenant(
  ctx: Needs<'db' | 'clock' | 'config' | 'secrets'>,
  tenantId: string,
  signals: { stop: AbortSignal; cut: AbortSignal },
): Promise<ReportResult> {
  let reported = 0;
  while (!signals.stop.aborted) {
    const target = await findReportTarget(ctx, tenantId);
    if (target === undefined) break;
    const events = await findUnreported(ctx, tenantId, ctx.config.reportBatchSize);
    if (events.length === 0) break;
    const entries = events.map((event) => toEntry(tenantId, event));
    const timeoutMs = ctx.config.reportTimeoutSeconds * 1000;
    const sign = (body: string) => signReport(ctx, tenantId, entries, body);
    const result = await postReport(target, entries, timeoutMs, signals.cut, sign);
    if (result.kind === 'refused') return { kind: 'failed', reason: result.reason };
    await markReported(ctx, tenantId, events, readNextSync(result.answer, ctx.clock.now()));
    reported += events.length;
    // A page that was not full leaves what came meanwhile to the job that is kept for it.
    if (events.length < ctx.config.reportBatchSize) break;
  }
  return { kind: 'done', reported };
}
