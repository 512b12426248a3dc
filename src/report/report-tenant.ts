// Tells one tenant's application what happened to its messages, in order, until there is nothing left to tell.

import { reasonOf } from '../errors.js';
import { isUnavailable } from '../store/db/unavailable.js';
import { markReported } from '../store/events/mark-reported.js';
import { acquireReportLease, type Occasion, releaseReportLease } from '../store/events/report-lease.js';
import { findReportTarget } from '../store/events/report-target.js';
import { findCallTimes } from '../store/events/sync-times.js';
import { findUnreported, type UnreportedEvent } from '../store/events/unreported.js';
import type { Needs } from './context.js';
import { nextCall } from './next-call.js';
import { toEntry } from './payload.js';
import type { Poster, PostResult } from './post.js';
import { type Answer, readAnswer } from './read-answer.js';
import { signReport } from './sign.js';

/** @param callAfterMs when the application wants to be called again, even if there is nothing to tell */
export type ReportResult =
  | { kind: 'done'; reported: number; callAfterMs?: number }
  | { kind: 'gone' }
  /** Neither the application's failure nor ours: the database is away, or another process tells it something. */
  | { kind: 'not_attempted'; reason: string }
  | { kind: 'failed'; reported: number; reason: string; retryAfterMs?: number };

type ReportNeeds = Needs<'db' | 'clock' | 'config' | 'secrets' | 'processId' | 'reportHandler'>;

interface Signals {
  /** Ends the work after the report under way. */
  stop: AbortSignal;
  /** Ends it at once. */
  cut: AbortSignal;
}

/**
 * Posts the oldest events first and marks them once they are acknowledged; the same events go out again after a
 * failure. One process at a time, and the caller sees to it that it is only once in this one.
 * @param occasion `call`: only if there are no events and a call is due
 */
export async function reportTenant(
  ctx: ReportNeeds,
  poster: Poster,
  tenantId: string,
  occasion: Occasion,
  signals: Signals,
): Promise<ReportResult> {
  try {
    return await tellAll(ctx, poster, tenantId, occasion, signals);
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return { kind: 'not_attempted', reason: reasonOf(error) };
  }
}

async function tellAll(
  ctx: ReportNeeds,
  poster: Poster,
  tenantId: string,
  occasion: Occasion,
  signals: Signals,
): Promise<ReportResult> {
  let reported = 0;
  // A handler is told what happened and nothing else.
  const isNobodyCalled = occasion === 'call' && ctx.reportHandler !== undefined;
  if (signals.stop.aborted || isNobodyCalled) return { kind: 'done', reported };
  const claim = await acquireReportLease(ctx, tenantId, occasion);
  if (claim === 'busy') return { kind: 'not_attempted', reason: 'another process tells it something' };
  if (claim === 'nothing') return { kind: 'done', reported };
  let callAfterMs: number | undefined;
  while (!signals.stop.aborted) {
    const events = await findUnreported(ctx, tenantId, ctx.config.reportBatchSize);
    // Nothing to tell is told only where it is what was asked for, not after a page of events that was just full.
    if (events.length === 0 && (occasion === 'events' || reported > 0)) break;
    const result = await tell(ctx, poster, tenantId, events, signals.cut);
    if (result === undefined) break;
    if (result.kind === 'gone') {
      await releaseReportLease(ctx, tenantId, result.url);
      return { kind: 'gone' };
    }
    if (result.kind === 'refused') {
      await releaseReportLease(ctx, tenantId);
      return { ...result, kind: 'failed', reported };
    }
    reported += events.length;
    // A page that was not full leaves what came meanwhile to the job that is kept for it.
    const isLast = events.length < ctx.config.reportBatchSize;
    const recorded = await record(ctx, tenantId, events, result.answer, isLast);
    callAfterMs = recorded.callAfterMs;
    if (isLast) return done(reported, callAfterMs);
    if (!recorded.isClaimed)
      return { kind: 'not_attempted', reason: 'it took so long that another process may go on' };
  }
  await releaseReportLease(ctx, tenantId);
  return done(reported, callAfterMs);
}

/** @param callAfterMs what the last answer asked for: a later one that does not ask has taken it back */
function done(reported: number, callAfterMs: number | undefined): ReportResult {
  return { kind: 'done', reported, ...(callAfterMs !== undefined && { callAfterMs }) };
}

/** Undefined when there is nobody to tell. */
async function tell(
  ctx: ReportNeeds,
  poster: Poster,
  tenantId: string,
  events: UnreportedEvent[],
  cut: AbortSignal,
): Promise<Exclude<PostResult, { kind: 'gone' }> | { kind: 'gone'; url: string } | undefined> {
  const entries = events.map((event) => toEntry(tenantId, event));
  if (ctx.reportHandler !== undefined) return ctx.reportHandler(tenantId, entries, cut);
  const target = await findReportTarget(ctx, tenantId);
  if (target === undefined) return undefined;
  const sign = (body: string) => signReport(ctx, tenantId, entries, body);
  const result = await poster.post(target, { tenantId, entries }, sign, cut);
  return result.kind === 'gone' ? { ...result, url: target.url } : result;
}

async function record(
  ctx: ReportNeeds,
  tenantId: string,
  events: UnreportedEvent[],
  text: string,
  isLast: boolean,
): Promise<{ callAfterMs: number | undefined; isClaimed: boolean }> {
  const now = ctx.clock.now();
  const answer = readAnswer(text, now);
  const before = answer.hasMore ? await findCallTimes(ctx, tenantId) : undefined;
  const intervalMs = ctx.config.syncIntervalSeconds * 1000;
  const next = nextCall(answer, before, now, { told: events.length, intervalMs });
  const isClaimed = await markReported(ctx, tenantId, events, {
    callAfterMs: next.afterMs,
    quietUntil: answer.quietUntil,
    remarks: remarksOn(events, answer),
    isLast,
  });
  return { callAfterMs: next.isAgain ? next.afterMs : undefined, isClaimed };
}

function remarksOn(events: UnreportedEvent[], { error, notFound }: Answer) {
  const remarks = new Map<number, 'error' | 'not_found'>();
  for (const { eventId, messageId } of events) {
    if (error.has(messageId)) remarks.set(eventId, 'error');
    else if (notFound.has(messageId)) remarks.set(eventId, 'not_found');
  }
  return remarks;
}
