// The steps that every message takes, gathered: what happens at the same moment shares its statements.

import type { Clock } from '../../clock.js';
import { batch } from '../../concurrency/batch.js';
import { expiringMap } from '../../concurrency/expiring-map.js';
import type { Owner } from '../../domain/owner.js';
import { findSendingAccounts, type SendingAccount } from '../accounts/sending-accounts.js';
import type { Needs } from '../context.js';
import { isUnavailable } from '../db/unavailable.js';
import { park } from '../schedule/parked.js';
import { type Blockers, findBlockers, type Question } from './blockers.js';
import { type Claim, type ClaimedMessage, claimMessages } from './claim.js';
import { type HandedOver, markHandedOver } from './handed-over.js';
import { type InsertVerdict, insertMessages, type Submission } from './insert.js';
import { markWaiting, type Waiting } from './mark-waiting.js';
import { type AttemptResult, recordResults } from './transitions.js';

export type ClaimAnswer =
  | { kind: 'claimed'; message: ClaimedMessage }
  /** Gone, replaced, final, or on its way elsewhere. */
  | { kind: 'nothing' }
  | { kind: 'blocked'; by: Blockers };

export interface Batched {
  /** Stores the messages of one call, all or none, and says what became of each; undefined: its key is another's. */
  insertMessages(call: Submission): Promise<InsertVerdict[] | undefined>;
  /** Begins an attempt, or says why none is begun. */
  claimMessage(claim: Claim): Promise<ClaimAnswer>;
  /**
   * The account, from memory if the copy there is of this revision, else as it is now; undefined when there is none.
   * @param revision as the claim found it
   */
  findAccount(key: Owner, revision: string | undefined): Promise<SendingAccount | undefined>;
  /** Whether this process has begun an attempt at the message and not ended it. */
  isInFlight(pk: string): boolean;
  /** Ends an attempt; false when it was no longer this process's to end. */
  recordResult(result: AttemptResult): Promise<boolean>;
  /** Notes that the body is about to be handed over; false when the attempt is no longer this process's. */
  markHandedOver(attempt: HandedOver): Promise<boolean>;
  /** Notes that a message waits; true when it was not noted before. */
  markWaiting(note: Waiting): Promise<boolean>;
  /** Puts a suspended message aside until it is activated; false when it already is. */
  park(message: { pk: string; revision: string }): Promise<boolean>;
}

export function openBatched(
  ctx: Needs<'db' | 'clock' | 'processId' | 'secrets' | 'config' | 'sendClock'>,
): Batched {
  const { clock } = ctx;
  const together = <I, O>(run: (items: I[]) => Promise<O[]>) =>
    batch({ clock, run, most: 500, lingerMs, concernsAll: isUnavailable });
  const claimFree = together((claims: Claim[]) => claimMessages(ctx, claims, false));
  const claimCounted = together((claims: Claim[]) => claimMessages(ctx, claims, true));
  const blockers = together((questions: Question[]) => findBlockers(ctx, questions));
  const recordTogether = together((results: AttemptResult[]) => recordResults(ctx, results));
  const inFlight = countNames();
  /** Owners known to have limits: others are claimed without looking, and the statement refuses those that have. */
  const limited = expiringMap<true>(clock, rememberMs);

  async function claim(one: Claim): Promise<ClaimAnswer> {
    const owner = `${one.tenantId}/${one.accountId ?? ''}`;
    const counted = limited.get(owner) === true;
    const message = await (counted ? claimCounted : claimFree)(one);
    if (message !== undefined) return { kind: 'claimed', message };
    const by = await blockers({ ...one, rank: 1 });
    if (by === undefined || !['pending', 'deferred'].includes(by.status)) return { kind: 'nothing' };
    if (by.limited === counted) return { kind: 'blocked', by };
    // What has a limit, or none any more, is known from here on.
    if (by.limited) limited.set(owner, true);
    else limited.delete(owner);
    const again = await (by.limited ? claimCounted : claimFree)(one);
    return again === undefined ? { kind: 'blocked', by } : { kind: 'claimed', message: again };
  }

  return {
    insertMessages: batch({
      clock,
      run: (calls) => insertMessages(ctx, calls),
      most: maxCharacters,
      weigh: sizeOf,
      lingerMs: 1,
      concernsAll: isUnavailable,
    }),
    async claimMessage(one) {
      inFlight.add(one.pk);
      let answer: ClaimAnswer | undefined;
      try {
        answer = await claim(one);
        return answer;
      } finally {
        if (answer?.kind !== 'claimed') inFlight.remove(one.pk);
      }
    },
    isInFlight: (pk) => inFlight.has(pk),
    findAccount: rememberAccounts(
      clock,
      together((keys: Owner[]) => findSendingAccounts(ctx, keys)),
    ),
    async recordResult(result) {
      const counted = await recordTogether(result);
      inFlight.remove(result.pk);
      return counted;
    },
    markHandedOver: together((attempts: HandedOver[]) => markHandedOver(ctx, attempts)),
    markWaiting: together((notes: Waiting[]) => markWaiting(ctx, notes)),
    park: together((messages: { pk: string; revision: string }[]) => park(ctx, messages)),
  };
}

/**
 * Under load at 50 sends at once, in messages a second and microseconds of processor time for each: without lingering
 * 1,300 and 840, with 2 ms 1,500 and 690, with 4 ms 1,550 and 650; at 20 sends at once 4 ms are slower than 2.
 */
const lingerMs = 2;

/** A set in which a name stays until it was removed as often as it was added: two jobs may be after one message. */
function countNames() {
  const counts = new Map<string, number>();
  return {
    add: (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1),
    remove(name: string) {
      const left = (counts.get(name) ?? 0) - 1;
      if (left > 0) counts.set(name, left);
      else counts.delete(name);
    },
    has: (name: string) => counts.has(name),
  };
}

/** What one statement carries of message content, unless a single call brings more. */
const maxCharacters = 4 * 1024 * 1024;

function sizeOf({ messages }: Submission): number {
  return messages.reduce((sum, { payload }) => sum + payload.length, 0);
}

/** How long an account that nobody sends for is remembered. */
const rememberMs = 60_000;

function rememberAccounts(
  clock: Clock,
  load: (key: Owner) => Promise<SendingAccount | undefined>,
): Batched['findAccount'] {
  const known = expiringMap<SendingAccount>(clock, rememberMs);
  return async (key, revision) => {
    const name = `${key.tenantId}\n${key.accountId ?? ''}`;
    const remembered = known.get(name);
    if (remembered !== undefined && remembered.version === revision) return remembered;
    const account = await load(key);
    if (account === undefined) known.delete(name);
    else known.set(name, account);
    return account;
  };
}
