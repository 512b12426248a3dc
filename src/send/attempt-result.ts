// What an attempt's outcome means for the message, its recipients and its account, and which events tell of it.
import { findProviderMailId } from '../domain/bounce/provider-mail-id.js';
import { inDoubt } from '../domain/in-doubt.js';
import type { RecipientResult } from '../domain/message.js';
import type { Owner } from '../domain/owner.js';
import { untilChanged } from '../store/accounts/breaker.js';
import type { SendingAccount } from '../store/accounts/sending-accounts.js';
import type { ClaimedMessage } from '../store/messages/claim.js';
import { type AttemptResult, type NewEvent, nextTry, slotsOf } from '../store/messages/record-results.js';
import { firstSweepAt } from '../store/schedule/sweep-schedule.js';
import { breakerOpenMs } from './breaker-policy.js';
import type { Needs } from './context.js';
import type { Outcome } from './judge/judge-reply.js';
import { areMixed, type MessageOutcome, mergeResults, resultsOf } from './recipient-results.js';
import { retryDelayMs } from './retry-policy.js';

export interface Attempt {
  owner: Owner;
  account: SendingAccount | undefined;
  message: ClaimedMessage;
  /** The recipients that this attempt was for. */
  recipients: string[];
  /** The Message-ID of the mail, where the message's pk does not tell it. */
  ownMailId?: string | undefined;
  /** The results of recipients that this attempt left out. */
  suppressed?: RecipientResult[] | undefined;
  /** The mail as far as it was built: its envelope sender and its first bytes, head included. */
  sent?: { from: string; raw: Buffer } | undefined;
  /** What was said to the server, where the account keeps transcripts. */
  transcript?: string | undefined;
}

type ResultNeeds = Needs<'config' | 'clock'>;
type Base = Pick<
  AttemptResult,
  'pk' | 'attempt' | 'at' | 'slots' | 'mailIds' | 'errorReason' | 'dead' | 'transcript'
>;

/** While a breaker stays open until the account is changed, events name this as the time of the next attempt. */
const shownUntilChangedMs = 3_600_000;

/** The longest pause that a source of attachments may ask for. */
const longestPauseMs = 86_400_000;

/** How long after a breaker has closed the message that opened it lets others go first. */
const yieldMs = 2000;
const longestYieldMs = 60_000;

/** @returns the result to record and, where the circuit breaker of the account opens, until when */
export function toResult(
  ctx: ResultNeeds,
  attempt: Attempt,
  outcome: Exclude<Outcome, { kind: 'no_room' }>,
): { result: AttemptResult; openUntil?: number } {
  const { message, owner } = attempt;
  const mayBeTaken = outcome.kind === 'sent' || outcome.kind === 'in_doubt';
  const slots = slotsOf(message, owner.accountId, mayBeTaken);
  const mailIds = mayBeTaken ? mailIdsOf(attempt, outcome) : [];
  const base: Base = {
    pk: message.pk,
    attempt: message.attempts,
    at: ctx.clock.now(),
    ...(slots && { slots }),
    ...(mailIds.length > 0 && { mailIds }),
    ...(attempt.transcript !== undefined && { transcript: attempt.transcript }),
    errorReason: 'reason' in outcome ? outcome.reason : undefined,
    ...('dead' in outcome && outcome.dead && { dead: { tenantId: owner.tenantId, addresses: outcome.dead } }),
  };
  if (outcome.kind === 'account_refused') return whenAccountRefused(ctx, attempt, outcome, base);
  if (outcome.kind === 'in_doubt' && attempt.account?.onInDoubt === 'hold') {
    return { result: holdInDoubt(ctx, attempt, outcome.error, base) };
  }
  return { result: conclude(ctx, attempt, outcome, base) };
}

/** By which bounces may name the mail, beside the Message-ID that the pk tells. */
function mailIdsOf({ message, ownMailId }: Attempt, outcome: Outcome): string[] {
  const given = outcome.kind === 'sent' ? findProviderMailId(outcome.response) : undefined;
  const isOurs = given === undefined || given.toUpperCase().startsWith(`${message.pk}@`);
  return [...new Set([...(ownMailId ? [ownMailId] : []), ...(isOurs ? [] : [given])])];
}

/**
 * For accounts with `on_in_doubt` hold: the message fails instead of being sent twice, and its event says that it may
 * have arrived.
 */
function holdInDoubt(ctx: ResultNeeds, attempt: Attempt, cause: string, base: Base): AttemptResult {
  const failed = { kind: 'failed', error: inDoubt } as const;
  const result = conclude(ctx, attempt, failed, base, { in_doubt: true, cause });
  return result.kind === 'failed' ? { ...result, kind: 'in_doubt' } : result;
}

/** @param remarks further metadata of the event of a final failure */
function conclude(
  ctx: ResultNeeds,
  { message, recipients, suppressed = [] }: Attempt,
  outcome: MessageOutcome,
  base: Base,
  remarks: Record<string, unknown> = {},
): AttemptResult {
  const retryAt = nextAttemptAt(ctx, message, outcome, base.at);
  const results = [...resultsOf(recipients, outcome), ...suppressed];
  const all = mergeResults(message.recipients ?? [], results, retryAt !== undefined);
  const asked = new Set(results.map(({ address }) => address));
  const ofAttempt = all.filter(({ address }) => asked.has(address));
  const error = 'error' in outcome ? outcome.error : undefined;
  const smtpCode = 'smtpCode' in outcome ? outcome.smtpCode : undefined;
  const common = {
    ...base,
    ...((message.recipients || suppressed.length > 0 || areMixed(all)) && { recipients: all }),
    ...(smtpCode !== undefined && { smtpCode }),
  };
  const takenNow = outcome.kind === 'sent';
  const sentEvents: NewEvent[] = takenNow
    ? [{ type: 'sent', metadata: { response: outcome.response, recipients: ofAttempt } }]
    : [];
  if (retryAt !== undefined && all.some(({ status }) => status === 'deferred')) {
    const deferred = ofAttempt.filter(({ status }) => status === 'deferred' || status === 'suppressed');
    const why = error ?? deferred[0]?.error ?? 'refused for now';
    const doubt = outcome.kind === 'in_doubt' ? { in_doubt: true } : {};
    const metadata = { ...nextTry(retryAt), ...doubt, recipients: deferred };
    const deferral: NewEvent = { type: 'deferred', description: why, metadata };
    const events: NewEvent[] = hasNext(outcome) ? sentEvents : [...sentEvents, deferral];
    const nextSweepAt = firstSweepAt(ctx.config, base.at, retryAt);
    const counts = !hasNext(outcome) && !(outcome.kind === 'deferred' && outcome.isUncounted);
    return { ...common, kind: 'deferred', counts, takenNow, dueAt: retryAt, nextSweepAt, error: why, events };
  }
  if (takenNow || all.some(({ status }) => status === 'sent')) {
    // A message that some recipients have stays sent. The recipients tell who was refused for good.
    const description = error === undefined ? {} : { description: error };
    const events: NewEvent[] = takenNow
      ? sentEvents
      : [{ type: 'sent', ...description, metadata: { ...remarks, recipients: ofAttempt } }];
    return { ...common, kind: 'sent', takenNow, events };
  }
  const description = error ?? 'refused';
  const code = smtpCode === undefined ? {} : { smtp_code: smtpCode };
  const metadata = { ...code, ...remarks, recipients: ofAttempt };
  return {
    ...common,
    kind: 'failed',
    error: description,
    events: [{ type: 'error', description, metadata }],
  };
}

/** Recipients beyond those that the server takes at once are progress, and no failure. */
function hasNext(outcome: MessageOutcome): boolean {
  return outcome.kind === 'sent' && outcome.hasNext === true;
}

/** The account is at fault: unless the attempt counts, the message keeps its place and its attempts. */
function whenAccountRefused(
  ctx: ResultNeeds,
  attempt: Attempt,
  outcome: Extract<Outcome, { kind: 'account_refused' }>,
  base: Base,
): { result: AttemptResult; openUntil: number } {
  const { message } = attempt;
  const { error, smtpCode, reason, recipients } = outcome;
  const failures = message.failuresSoFar ?? 0;
  const doublings = Math.min(failures, outcome.doublings ?? failures);
  const openUntil =
    outcome.until === 'changed' ? untilChanged : base.at + breakerOpenMs(ctx.config, doublings);
  const code = smtpCode === undefined ? {} : { smtpCode };
  const metadata = { account_rests: true, ...(outcome.rule !== undefined && { rule: outcome.rule }) };
  if (outcome.countsAsAttempt || isTooOld(ctx, message, base.at)) {
    const own = outcome.countsAsAttempt && recipients ? { recipients } : {};
    const final: MessageOutcome = { kind: 'failed', error, reason, ...code, ...own };
    return { result: conclude(ctx, attempt, final, base, metadata), openUntil };
  }
  const shownUntil = openUntil === untilChanged ? base.at + shownUntilChangedMs : openUntil;
  const event: NewEvent = {
    type: 'deferred',
    description: error,
    metadata: { ...nextTry(shownUntil), ...metadata },
    ofBreaker: true,
  };
  // A reply to this message's MAIL, RCPT or body may come again, so others are tried before it: one for each that met the same. After any other reply
  // the job is put back at the head of its queue. If the job gets lost, the sweep finds the message.
  const yieldsMs = yieldMs + (outcome.others ?? 0) * (openUntil - base.at);
  const dueAt =
    outcome.at === 'session' || openUntil === untilChanged
      ? undefined
      : openUntil + Math.min(yieldsMs, longestYieldMs);
  const nextSweepAt = firstSweepAt(ctx.config, base.at, dueAt ?? base.at);
  return {
    result: {
      ...base,
      ...code,
      kind: 'account_refused',
      error,
      blockedUntil: shownUntil,
      dueAt,
      nextSweepAt,
      events: [event],
    },
    openUntil,
  };
}

/** The age begins with the first attempt: what only waits for its time, a limit or a suspension does not grow old. */
function isTooOld({ config }: ResultNeeds, { firstAttemptAt }: ClaimedMessage, at: number): boolean {
  return at - firstAttemptAt >= config.maxMessageAgeSeconds * 1000;
}

/** Milliseconds since the epoch; undefined: the message is not tried again. */
function nextAttemptAt(
  ctx: ResultNeeds,
  message: ClaimedMessage,
  outcome: MessageOutcome,
  at: number,
): number | undefined {
  if (hasNext(outcome)) return at;
  if (outcome.kind === 'failed' || isTooOld(ctx, message, at)) return undefined;
  const delay = retryDelayMs(ctx.config, message.retryCount + 1);
  if (delay === undefined) return undefined;
  const grace = outcome.kind === 'in_doubt' ? ctx.config.inDoubtGraceSeconds * 1000 : 0;
  const asked = outcome.kind === 'deferred' ? (outcome.retryAfterMs ?? 0) : 0;
  return at + Math.max(delay, grace, Math.min(asked, longestPauseMs));
}
