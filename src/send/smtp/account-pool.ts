// The connections to one account's server: they stay open between mails, and are opened one at a time until one has succeeded.

import type { SendingAccount } from '../../store/accounts/sending-accounts.js';
import { SmtpFault } from '../judge/fault.js';
import { reservedSlots } from '../reserved-slot.js';
import { type Acquired, openAcquireQueue } from './acquire-queue.js';
import { type Connection, type ConnectionNeeds, destroy, openConnection, quit } from './connection.js';
import type { IdleBudget } from './idle-budget.js';
import { openIdleConnections } from './idle-connections.js';
import { type ConnectionShare, isShared, roomOf } from './share/connection-share.js';
import type { SharedUse, ShareUser } from './share/shares.js';
import { connectionEnded, connectionOpened, isSurplus, takeConnection } from './share/take-connection.js';

export interface AccountPool {
  /** The version of the account that the connections were opened for. */
  readonly version: string;
  readonly share: ConnectionShare;
  /**
   * @param fresh whether an idle connection will not do
   * @returns undefined when this send waited for another send's first connection and that has succeeded; the caller then
   * asks the account's present pool
   * @throws SmtpFault
   */
  acquire(fresh: boolean): Promise<Acquired<Connection> | undefined>;
  /** Takes a connection back after a mail, and keeps it, gives it to the next send, or closes it. */
  release(connection: Connection): void;
  closeIdle(): void;
  /**
   * Closes idle connections at once, and those in use after their mail.
   * @returns whether the pool is of no use any more: no connection is in use, and no send waits for one
   */
  retire(): boolean;
  /** No further send asks this pool for a connection. */
  leave(): void;
}

interface PoolParts {
  budget: IdleBudget;
  /** Is given a connection that was opened ahead. */
  onSpare(connection: Connection): void;
  /** How many connections there may be. */
  share(user: ShareUser): SharedUse;
}

/** No spare connection is opened for so long after the server refused one. */
const noSpareMs = 60_000;
/** How many mails a connection carries before it is closed for another user of its account that waits. */
const mailsBeforeYield = 10;
/** How long a connection stays idle whose place another process may have use for. */
const idleSharedMs = 1000;

export function openAccountPool(
  ctx: ConnectionNeeds,
  account: SendingAccount,
  { budget, onSpare, share: useShare }: PoolParts,
): AccountPool {
  const { maxConcurrentPerAccount } = ctx.config;
  /** With this many in use, another is opened ahead for the slot that is reserved for immediate messages. */
  const spareFrom = maxConcurrentPerAccount - reservedSlots(maxConcurrentPerAccount);
  const close = (connection: Connection) => quit(ctx, connection);
  const isGood = (connection: Connection) => isReusable(connection, account, ctx.clock.now());
  const idle = openIdleConnections(isGood, close, budget);
  const inUse = new Set<Connection>();
  /** All that have not ended, those that are saying goodbye included. */
  const alive = new Set<Connection>();
  const queue = openAcquireQueue(open, onSpare, () => alive.size > 0 || share.held > 0);
  /** Whether the last connection that was opened succeeded. */
  let isProven = false;
  /** The first connection, or the first after a failure; all other sends wait for its end. */
  let trial: Promise<Connection | undefined> | undefined;
  /** Milliseconds since the epoch. */
  let noSpareUntil = 0;
  let isLeaving = false;
  const { share, makeRoom, othersWait, leave } = useShare({
    onRoom: () => queue.retry(),
    dropIdle,
    isWaiting: () => queue.waiting() > 0,
  });

  /** Frees the place of an idle connection at once: QUIT would be answered later. */
  function dropIdle(): boolean {
    const connection = idle.take();
    if (connection !== undefined) destroy(connection);
    return connection !== undefined;
  }

  /** @returns undefined when there is no room for one more */
  async function open(): Promise<Connection | undefined> {
    if (!(await takeConnection(share))) {
      makeRoom();
      return undefined;
    }
    try {
      const connection = await openConnection(ctx, account);
      connectionOpened(share);
      isProven = true;
      alive.add(connection);
      inUse.add(connection);
      const stop = ctx.clock.after(account.ttl * 1000, () => {
        if (idle.remove(connection)) close(connection);
      });
      connection.smtp.once('end', () => {
        stop();
        inUse.delete(connection);
        alive.delete(connection);
        connectionEnded(share, true);
        queue.retry();
        leaveIfDone();
      });
      return connection;
    } catch (error) {
      noSpareUntil = ctx.clock.now() + noSpareMs;
      connectionEnded(share, false);
      if (await isSurplus(share, error)) return undefined;
      isProven = false;
      throw error;
    }
  }

  async function find(fresh: boolean): Promise<Acquired<Connection> | undefined> {
    const found = fresh ? undefined : idle.take();
    if (found !== undefined) {
      inUse.add(found);
      return { connection: found, reused: true };
    }
    if (isProven) return fresh ? openFresh() : queue.acquire();
    if (trial !== undefined) {
      const first = await trial.catch((error: unknown) => {
        throw error instanceof SmtpFault ? error.ofAnother() : error;
      });
      return first === undefined ? queue.acquire() : undefined;
    }
    trial = open().finally(() => {
      trial = undefined;
    });
    const connection = await trial;
    return connection === undefined ? queue.acquire() : { connection, reused: false };
  }

  async function openFresh(): Promise<Acquired<Connection>> {
    // The idle connections are as old as the one that will not do, and may take its place.
    if (roomOf(share) !== Number.POSITIVE_INFINITY) dropIdle();
    const connection = await open();
    return connection === undefined ? queue.acquire() : { connection, reused: false };
  }

  /** Sends that wait here are told of room until the last has its connection. */
  function leaveIfDone(): void {
    if (isLeaving && alive.size === 0 && queue.waiting() === 0) leave();
  }

  function openSpare(): void {
    const isLastUnreserved = spareFrom < maxConcurrentPerAccount && inUse.size === spareFrom;
    const hasSpare = idle.count() > 0 || queue.opening() > 0;
    if (isLastUnreserved && !hasSpare && isProven && ctx.clock.now() >= noSpareUntil) queue.openAhead();
  }

  function keep(connection: Connection): void {
    idle.add(connection);
    if (!isShared(share)) return;
    const { mails } = connection;
    ctx.clock.after(idleSharedMs, () => {
      if (connection.mails === mails && idle.remove(connection)) close(connection);
    });
  }

  return {
    version: account.version,
    share,
    async acquire(fresh) {
      const acquired = await find(fresh);
      if (acquired !== undefined) openSpare();
      return acquired;
    },
    release(connection) {
      // Another tenant may wait for a connection of the account that both use.
      const isWanted = othersWait();
      const yields = isWanted && connection.mails >= mailsBeforeYield;
      if (isGood(connection) && !yields && queue.offer(connection)) return;
      inUse.delete(connection);
      if (isGood(connection) && !isWanted) keep(connection);
      else close(connection);
    },
    closeIdle: idle.closeAll,
    retire() {
      idle.closeAll();
      for (const connection of inUse) connection.isInQuestion = true;
      return inUse.size === 0 && queue.waiting() === 0 && queue.opening() === 0 && trial === undefined;
    },
    leave() {
      isLeaving = true;
      leaveIfDone();
    },
  };
}

function isReusable(connection: Connection, { ttl, batchSize }: SendingAccount, now: number): boolean {
  const isUsedUp = batchSize !== undefined && connection.mails >= batchSize;
  return !connection.ended && !connection.isInQuestion && now - connection.openedAt < ttl * 1000 && !isUsedUp;
}
