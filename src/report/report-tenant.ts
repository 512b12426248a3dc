// Reports a tenant's events to its application, in order, until none is left.
import { betweenSteps } from '../concurrency/next-turn.js';
import { Fault, isFault, reasonOf } from '../errors.js';
import { type HeldPayload, holdPayload } from '../memory.js';
import { isUnavailable } from '../store/db/unavailable.js';
import { markReported } from '../store/events/mark-reported.js';
import { acquireReportLease, type Occasion, releaseReportLease } from '../store/events/report-lease.js';
import { findReportTarget } from '../store/events/report-target.js';
import { findCallTimes } from '../store/events/sync-times.js';
import { findUnreported, measureUnreported, type UnreportedEvent } from '../store/events/unreported.js';
import type { Needs } from './context.js';
import { nextCall } from './next-call.js';
import { toEntry } from './payload.js';
import type { Poster, PostResult } from './post.js';
import { type Answer, readAnswer } from './read-answer.js';
import { signReport } from './sign.js';

export type ReportResult =
  /** With `callAfterMs` the application wants to be called again by then, even without events. */
  | { kind: 'done'; reported: number; callAfterMs?: number }
  /** The endpoint answered 410: it is gone for good. */
  | { kind: 'gone' }
  /** Not the application's failure: the database is unavailable, or another process reports to it. */
  | { kind: 'not_attempted'; reason: string }
  /** The application did not acknowledge a report. */
  | { kind: 'failed'; reported: number; reason: string; retryAfterMs?: number };

/** How long a report waits for memory before it is tried again later. */
const roomWithinMs = 5000;
/** The events and the entries made of them stay in memory until the application has answered. */
const copiesOnWire = 4;
/** A handler gets the entries themselves, and no JSON is made of them. */
const copiesWithHandler = 2;

type ReportNeeds = Needs<'memory' | 'db' | 'clock' | 'config' | 'secrets' | 'processId' | 'reportHandler'>;

export interface Signals {
  /** Ends the work after the report in flight. */
  stop: AbortSignal;
  /** Ends the report in flight, too. */
  cut: AbortSignal;
}

/**
 * Posts the oldest events first and marks them once they are acknowledged. After a failure the same events go out again.
 * A lease keeps other processes from the tenant meanwhile; the caller must not run two of these for one tenant.
 * @param occasion with `call`, the application is called only if there are no events and a call is due
 * @throws any fault but an unavailable database, after giving the lease back
 */
export async function reportTenant(
  ctx: ReportNeeds,
  poster: Poster,
  tenantId: string,
  occasion: Occasion,
  signals: Signals,
): Promise<ReportResult> {
  try {
    return await reportAll(ctx, poster, tenantId, occasion, signals);
  } catch (error) {
    if (isUnavailable(error)) return { kind: 'not_attempted', reason: reasonOf(error) };
    const cause = isFault(error, 'wrong_encryption_key') ? undecryptable(tenantId) : error;
    // The fault that ended the report is the one to tell. A lease that could not be given back ends by itself.
    await releaseReportLease(ctx, tenantId, { fault: shownFault(cause) }).catch(() => undefined);
    throw cause;
  }
}

/** What operators are shown. An error that is no Fault may hold any text, so that only its name is shown. */
function shownFault(error: unknown): string {
  if (error instanceof Fault) return error.message;
  const name = error instanceof Error ? error.name : typeof error;
  return `The report broke off (${name}); the log has it as report.broke_off`;
}

function undecryptable(tenantId: string): Fault {
  const what = `A stored secret of tenant "${tenantId}" cannot be decrypted with GMP_ENCRYPTION_KEY`;
  return new Fault('wrong_encryption_key', `${what}; set its client_auth or its webhook secret again`);
}

async function reportAll(
  ctx: ReportNeeds,
  poster: Poster,
  tenantId: string,
  occasion: Occasion,
  signals: Signals,
): Promise<ReportResult> {
  let reported = 0;
  // A handler gets events only, and is never called without any.
  const isCallToHandler = occasion === 'call' && ctx.reportHandler !== undefined;
  if (signals.stop.aborted || isCallToHandler) return { kind: 'done', reported };
  const lease = await acquireReportLease(ctx, tenantId, occasion);
  if (lease === 'busy')
    return { kind: 'not_attempted', reason: 'another process reports to the application' };
  if (lease === 'nothing') return { kind: 'done', reported };
  let callAfterMs: number | undefined;
  while (!signals.stop.aborted) {
    const next = await measureUnreported(ctx, tenantId, ctx.config.reportBatchSize);
    // A report without events goes out only for the occasion `call`, not after a last page that happened to be full.
    if (next.count === 0 && (occasion === 'events' || reported > 0)) break;
    const room = await holdPayload(ctx, `tenant ${tenantId}`, next.bytes, roomWithinMs);
    if (room === undefined) {
      await releaseReportLease(ctx, tenantId);
      return { kind: 'not_attempted', reason: 'no memory came free in time' };
    }
    await betweenSteps(next.bytes);
    const events = next.count === 0 ? [] : await findUnreported(ctx, tenantId, next.count);
    const post = () => reportOnce(ctx, poster, tenantId, events, signals.cut, { room, bytes: next.bytes });
    const result = await post().finally(room.leave);
    if (result === undefined) break;
    if (result.kind === 'gone') {
      await releaseReportLease(ctx, tenantId, { goneUrl: result.url });
      return { kind: 'gone' };
    }
    if (result.kind === 'refused') {
      await releaseReportLease(ctx, tenantId, { refusal: result.reason });
      return { ...result, kind: 'failed', reported };
    }
    reported += events.length;
    // Events that came meanwhile have a job of their own.
    const isLast = !next.more;
    const recorded = await record(ctx, tenantId, events, result.answer, isLast);
    callAfterMs = recorded.callAfterMs;
    if (isLast) return done(reported, callAfterMs);
    if (!recorded.hasLease)
      return {
        kind: 'not_attempted',
        reason: 'the lease ended during the report, so that another process may go on',
      };
  }
  await releaseReportLease(ctx, tenantId);
  return done(reported, callAfterMs);
}

/** @param callAfterMs the pause that the last answer asked for; undefined takes back an earlier wish */
function done(reported: number, callAfterMs: number | undefined): ReportResult {
  return { kind: 'done', reported, ...(callAfterMs !== undefined && { callAfterMs }) };
}

/** Undefined when the tenant has no endpoint. */
async function reportOnce(
  ctx: ReportNeeds,
  poster: Poster,
  tenantId: string,
  events: UnreportedEvent[],
  cut: AbortSignal,
  { room, bytes }: { room: HeldPayload; bytes: number },
): Promise<Exclude<PostResult, { kind: 'gone' }> | { kind: 'gone'; url: string } | undefined> {
  await betweenSteps(bytes);
  const entries = events.map((event) => toEntry(tenantId, event));
  if (ctx.reportHandler !== undefined) {
    room.toWire(bytes * copiesWithHandler);
    return ctx.reportHandler(tenantId, entries, cut);
  }
  const target = await findReportTarget(ctx, tenantId);
  if (target === undefined) return undefined;
  const sign = (body: string) => {
    room.toWire(body.length * copiesOnWire);
    return signReport(ctx, tenantId, entries, body);
  };
  const result = await poster.post(target, { tenantId, entries }, sign, cut);
  return result.kind === 'gone' ? { ...result, url: target.url } : result;
}

async function record(
  ctx: ReportNeeds,
  tenantId: string,
  events: UnreportedEvent[],
  text: string,
  isLast: boolean,
): Promise<{ callAfterMs: number | undefined; hasLease: boolean }> {
  const now = ctx.clock.now();
  const answer = readAnswer(text, now);
  const before = answer.hasMore ? await findCallTimes(ctx, tenantId) : undefined;
  const intervalMs = ctx.config.syncIntervalSeconds * 1000;
  const next = nextCall(answer, before, now, { reported: events.length, intervalMs });
  const hasLease = await markReported(ctx, tenantId, events, {
    callAfterMs: next.afterMs,
    quietUntil: answer.quietUntil,
    remarks: remarksOn(events, answer),
    isLast,
  });
  return { callAfterMs: next.isAgain ? next.afterMs : undefined, hasLease };
}

function remarksOn(events: UnreportedEvent[], { error, notFound }: Answer) {
  const remarks = new Map<number, 'error' | 'not_found'>();
  for (const { eventId, messageId } of events) {
    if (error.has(messageId)) remarks.set(eventId, 'error');
    else if (notFound.has(messageId)) remarks.set(eventId, 'not_found');
  }
  return remarks;
}
