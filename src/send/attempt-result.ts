// What an attempt's outcome means for the message, its recipients and its account, and which events tell of it.

import type { RecipientResult } from '../domain/message.js';
import type { Owner } from '../domain/owner.js';
import { untilChanged } from '../store/accounts/breaker.js';
import type { SendingAccount } from '../store/accounts/sending-accounts.js';
import type { ClaimedMessage } from '../store/messages/claim.js';
import { inDoubt } from '../store/messages/release-dead-claims.js';
import { type AttemptResult, type NewEvent, nextTry, slotsOf } from '../store/messages/transitions.js';
import { firstSweepAt } from '../store/schedule/sweep-schedule.js';
import { breakerOpenMs } from './breaker-policy.js';
import type { Needs } from './context.js';
import type { Outcome } from './judge/outcome.js';
import { oneLine } from './judge/reply.js';
import { retryDelayMs } from './retry-policy.js';

export interface Attempt {
  owner: Owner;
  account: SendingAccount | undefined;
  message: ClaimedMessage;
  /** Of this attempt. */
  recipients: string[];
}

type ResultNeeds = Needs<'config' | 'clock'>;
/** What is said of the message, not of the account. */
type Judged = Exclude<Outcome, { kind: 'account_refused' }>;
type Base = Pick<AttemptResult, 'pk' | 'attempt' | 'at' | 'taken' | 'slots'>;

/** @returns what is to be recorded and, where the account is to rest, until when */
export function toResult(
  ctx: ResultNeeds,
  attempt: Attempt,
  outcome: Outcome,
): { result: AttemptResult; openUntil?: number } {
  const { message, owner } = attempt;
  const taken = outcome.kind === 'sent';
  const slots = slotsOf(message, owner.accountId, taken || outcome.kind === 'in_doubt');
  const base = {
    pk: message.pk,
    attempt: message.attempts,
    at: ctx.clock.now(),
    taken,
    ...(slots && { slots }),
  };
  if (outcome.kind === 'account_refused') return whenRefused(ctx, attempt, outcome, base);
  if (outcome.kind === 'in_doubt' && attempt.account?.onInDoubt === 'hold') {
    const held: Judged = { kind: 'failed', error: inDoubt };
    return { result: conclude(ctx, attempt, held, base, { in_doubt: true, cause: outcome.error }) };
  }
  return { result: conclude(ctx, attempt, outcome, base) };
}

/** @param remarks what the event of a final failure says beside the error and the recipients */
function conclude(
  ctx: ResultNeeds,
  attempt: Attempt,
  outcome: Judged,
  base: Base,
  remarks: Record<string, unknown> = {},
): AttemptResult {
  const { message } = attempt;
  const fares = faresOf(attempt.recipients, outcome);
  const retry = nextAttempt(ctx, message, outcome, base.at);
  const all = merge(message.recipients ?? [], fares).map((one) => settle(one, retry === undefined));
  const kept = message.recipients || isMixed(all) ? { recipients: all } : {};
  const told = all.filter(({ address }) => attempt.recipients.includes(address));
  const error = 'error' in outcome ? outcome.error : undefined;
  const smtpCode = 'smtpCode' in outcome ? outcome.smtpCode : undefined;
  const common = { ...base, ...kept, ...(smtpCode !== undefined && { smtpCode }) };
  const sentNow: NewEvent[] =
    outcome.kind === 'sent'
      ? [{ type: 'sent', metadata: { response: outcome.response, recipients: told } }]
      : [];
  if (retry !== undefined && all.some(({ status }) => status === 'deferred')) {
    const waiting = told.filter(({ status }) => status === 'deferred');
    const why = error ?? waiting[0]?.error ?? 'refused for now';
    const doubt = outcome.kind === 'in_doubt' ? { in_doubt: true } : {};
    const metadata = { ...nextTry(retry), ...doubt, recipients: waiting };
    const events: NewEvent[] = [...sentNow, { type: 'deferred', description: why, metadata }];
    const nextSweepAt = firstSweepAt(ctx.config, base.at, retry);
    return {
      ...common,
      status: 'deferred',
      countsAsAttempt: true,
      dueAt: retry,
      nextSweepAt,
      error: why,
      events,
    };
  }
  if (base.taken || all.some(({ status }) => status === 'sent')) {
    // What was sent to some stays sent: that others were refused for good is told per recipient.
    const description = error === undefined ? {} : { description: error };
    const events: NewEvent[] = base.taken
      ? sentNow
      : [{ type: 'sent', ...description, metadata: { ...remarks, recipients: told } }];
    return { ...common, status: 'sent', events };
  }
  const description = error ?? 'refused';
  const code = smtpCode === undefined ? {} : { smtp_code: smtpCode };
  const metadata = { ...code, ...remarks, recipients: told };
  return {
    ...common,
    status: 'error',
    error: description,
    events: [{ type: 'error', description, metadata }],
  };
}

/** The account is at fault: unless the attempt burns, the message keeps its place and its attempts. */
function whenRefused(
  ctx: ResultNeeds,
  attempt: Attempt,
  outcome: Extract<Outcome, { kind: 'account_refused' }>,
  base: Base,
): { result: AttemptResult; openUntil: number } {
  const { message } = attempt;
  const { error, smtpCode, recipients } = outcome;
  const openUntil =
    outcome.until === 'changed'
      ? untilChanged
      : base.at + breakerOpenMs(ctx.config, message.failuresSoFar ?? 0);
  const code = smtpCode === undefined ? {} : { smtpCode };
  const metadata = { account_rests: true, ...(outcome.rule !== undefined && { rule: outcome.rule }) };
  if (outcome.countsAsAttempt) {
    const final: Judged = { kind: 'failed', error, ...code, ...(recipients && { recipients }) };
    return { result: conclude(ctx, attempt, final, base, metadata), openUntil };
  }
  // Nobody knows when somebody will change the account: the event then names the next look.
  const until = openUntil === untilChanged ? base.at + 3_600_000 : openUntil;
  return {
    result: {
      ...base,
      ...code,
      status: 'deferred',
      error,
      blockedUntil: until,
      // Its job is put back; should that get lost, the sweep finds the message as it finds any that waits.
      nextSweepAt: firstSweepAt(ctx.config, base.at, base.at),
      events: [
        {
          type: 'deferred',
          description: error,
          metadata: { ...nextTry(until), ...metadata },
          ofRest: true,
        },
      ],
    },
    openUntil,
  };
}

/** When it is tried again, milliseconds since the epoch; undefined: never. */
function nextAttempt(
  ctx: ResultNeeds,
  message: ClaimedMessage,
  outcome: Judged,
  at: number,
): number | undefined {
  if (outcome.kind === 'failed') return undefined;
  const delay = retryDelayMs(ctx.config, message.retryCount + 1);
  if (delay === undefined) return undefined;
  const grace = outcome.kind === 'in_doubt' ? ctx.config.inDoubtGraceSeconds * 1000 : 0;
  return at + Math.max(delay, grace);
}

/** How each recipient of the attempt fared; what was not said of one alone holds for all. */
function faresOf(recipients: string[], outcome: Judged): RecipientResult[] {
  const told = 'recipients' in outcome ? outcome.recipients : undefined;
  if (told !== undefined && told.length > 0) return told;
  const status = outcome.kind === 'failed' ? 'error' : 'deferred';
  const code = 'smtpCode' in outcome && outcome.smtpCode !== undefined ? { smtp_code: outcome.smtpCode } : {};
  const error = 'error' in outcome ? { error: oneLine(outcome.error) } : {};
  return recipients.map((address) => ({ address, status, ...code, ...error }));
}

/** The later word on a recipient counts. */
function merge(before: RecipientResult[], now: RecipientResult[]): RecipientResult[] {
  const all = new Map(before.map((one) => [one.address, one]));
  for (const one of now) all.set(one.address, one);
  return [...all.values()];
}

/** When nothing is tried again, who was put off is refused. */
function settle(one: RecipientResult, isOver: boolean): RecipientResult {
  return isOver && one.status === 'deferred' ? { ...one, status: 'error' } : one;
}

function isMixed(all: RecipientResult[]): boolean {
  return all.some(({ status }) => status !== all[0]?.status);
}
