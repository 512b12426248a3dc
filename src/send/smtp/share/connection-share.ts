// How many connections this process may have to one account's server: all processes together keep to what the account
// allows and to what the server was seen to take.

import type { Needs } from '../../../context.js';
import type { ConnectionLedger, Learned } from '../../../store/accounts/connection-ledger.js';

/** Plain data. The functions of this folder change it, and `onRoom` is called when there may be room for more. */
export interface ConnectionShare {
  readonly ctx: Needs<'clock' | 'log'>;
  readonly ledger: ConnectionLedger;
  readonly onRoom: () => void;
  owner: ShareOwner;
  learned: Learned;
  /** Rises with every change made here, so that an older answer of the ledger is not taken for news. */
  changes: number;
  /** Connections of the other processes, and whether there are such processes. */
  others: number;
  isAlone: boolean;
  /** Connections of this process that are counted, and of these the ones that work. */
  held: number;
  working: number;
  /** By the monotonic clock. */
  lastWorkedAt: number;
  /** No connection is opened before, by the monotonic clock. */
  coolsUntil: number;
  /** Whether a connection is being tried that the server was not seen to take so far. */
  isProbing: boolean;
  /** The last call of the ledger: they are made one after another. */
  turn: Promise<unknown>;
  /** Resolves when the ledger was asked what is known of the account. */
  known: Promise<unknown>;
}

export interface ShareOwner {
  /** The account, as limits count it. */
  scope: string;
  revision: string;
  /** As the account allows; undefined: any number. */
  max: number | undefined;
}

/** What is known of an account that its server has limited in nothing. */
export const nothingLearned: Learned = {
  connections: undefined,
  raiseAt: 0,
  raiseAfterMs: 0,
  recipients: undefined,
  recipientsAt: 0,
};

export function newShare(
  ctx: Needs<'clock' | 'log'>,
  ledger: ConnectionLedger,
  owner: ShareOwner,
  onRoom: () => void,
): ConnectionShare {
  const counts = { changes: 0, others: 0, held: 0, working: 0 };
  const times = { lastWorkedAt: Number.NEGATIVE_INFINITY, coolsUntil: Number.NEGATIVE_INFINITY };
  const turn = Promise.resolve();
  const flags = { isAlone: true, isProbing: false };
  return {
    ctx,
    ledger,
    onRoom,
    owner,
    learned: nothingLearned,
    ...counts,
    ...times,
    ...flags,
    turn,
    known: turn,
  };
}

/** How many connections all processes together may have. */
export function mostOf({ owner, learned }: ConnectionShare): number {
  return Math.min(owner.max ?? Number.POSITIVE_INFINITY, learned.connections ?? Number.POSITIVE_INFINITY);
}

export function isLimited(share: ConnectionShare): boolean {
  return mostOf(share) !== Number.POSITIVE_INFINITY;
}

/** Whether the number is limited, and other processes have use for what this one does not need. */
export function isShared(share: ConnectionShare): boolean {
  return isLimited(share) && !share.isAlone;
}

/** How many connections this process may have at the moment; Infinity where no limit is known. */
export function roomOf(share: ConnectionShare): number {
  if (isCooling(share)) return 0;
  return Math.max(0, mostOf(share) - share.others + (mayRaise(share) ? 1 : 0));
}

export function isCooling({ ctx, working, coolsUntil }: ConnectionShare): boolean {
  return working === 0 && ctx.clock.monotonic() < coolsUntil;
}

/** Whether it is time to try one connection more than the server was seen to take. */
export function mayRaise({ ctx, owner, learned }: ConnectionShare): boolean {
  const { connections, raiseAt } = learned;
  if (connections === undefined || connections >= (owner.max ?? Number.POSITIVE_INFINITY)) return false;
  return ctx.clock.now() >= raiseAt;
}
