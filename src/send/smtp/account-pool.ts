// The connections to one account's server: they stay open between mails, and are opened one at a time until one has succeeded.

import type { SendingAccount } from '../../store/accounts/sending-accounts.js';
import { SmtpFault } from '../judge/fault.js';
import { reservedSlots } from '../reserved-slot.js';
import { type Acquired, openAcquireQueue } from './acquire-queue.js';
import { type Connection, type ConnectionNeeds, openConnection, quit } from './connection.js';
import type { IdleBudget } from './idle-budget.js';
import { openIdleConnections } from './idle-connections.js';

export interface AccountPool {
  /** The version of the account that the connections were opened for. */
  readonly version: string;
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
}

/** No spare connection is opened for so long after the server refused one. */
const noSpareMs = 60_000;

/** @param onSpare is given a connection that was opened ahead */
export function openAccountPool(
  ctx: ConnectionNeeds,
  account: SendingAccount,
  budget: IdleBudget,
  onSpare: (connection: Connection) => void,
): AccountPool {
  const { maxConcurrentPerAccount } = ctx.config;
  /** With this many in use, another is opened ahead for the slot that is reserved for immediate messages. */
  const spareFrom = maxConcurrentPerAccount - reservedSlots(maxConcurrentPerAccount);
  const close = (connection: Connection) => quit(ctx, connection);
  const isGood = (connection: Connection) => isReusable(connection, account, ctx.clock.now());
  const idle = openIdleConnections(isGood, close, budget);
  const queue = openAcquireQueue(open, onSpare);
  const inUse = new Set<Connection>();
  /** Whether the last connection that was opened succeeded. */
  let isProven = false;
  /** The first connection, or the first after a failure; all other sends wait for its end. */
  let trial: Promise<Connection> | undefined;
  /** Milliseconds since the epoch. */
  let noSpareUntil = 0;

  async function open(): Promise<Connection> {
    try {
      const connection = await openConnection(ctx, account);
      isProven = true;
      const stop = ctx.clock.after(account.ttl * 1000, () => {
        if (idle.remove(connection)) close(connection);
      });
      connection.smtp.once('end', () => {
        stop();
        inUse.delete(connection);
      });
      return connection;
    } catch (error) {
      isProven = false;
      noSpareUntil = ctx.clock.now() + noSpareMs;
      throw error;
    }
  }

  async function find(fresh: boolean): Promise<Acquired<Connection> | undefined> {
    const found = fresh ? undefined : idle.take();
    if (found !== undefined) return { connection: found, reused: true };
    if (isProven) return fresh ? { connection: await open(), reused: false } : queue.acquire();
    if (trial !== undefined) {
      await trial.catch((error: unknown) => {
        throw error instanceof SmtpFault ? error.ofAnother() : error;
      });
      return undefined;
    }
    trial = open().finally(() => {
      trial = undefined;
    });
    return { connection: await trial, reused: false };
  }

  function openSpare(): void {
    const isLastUnreserved = spareFrom < maxConcurrentPerAccount && inUse.size === spareFrom;
    const hasSpare = idle.count() > 0 || queue.opening() > 0;
    if (isLastUnreserved && !hasSpare && isProven && ctx.clock.now() >= noSpareUntil) queue.openAhead();
  }

  return {
    version: account.version,
    async acquire(fresh) {
      const acquired = await find(fresh);
      if (acquired === undefined) return undefined;
      if (!acquired.connection.ended) inUse.add(acquired.connection);
      openSpare();
      return acquired;
    },
    release(connection) {
      inUse.delete(connection);
      if (!isGood(connection)) close(connection);
      else if (!queue.offer(connection)) idle.add(connection);
    },
    closeIdle: idle.closeAll,
  };
}

function isReusable(connection: Connection, { ttl, batchSize }: SendingAccount, now: number): boolean {
  const isUsedUp = batchSize !== undefined && connection.mails >= batchSize;
  return !connection.ended && !connection.isInQuestion && now - connection.openedAt < ttl * 1000 && !isUsedUp;
}
