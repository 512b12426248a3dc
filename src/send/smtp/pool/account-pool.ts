// Gives the sends of one account connections to its server: they stay open between mails, and are opened one at a time until
// one has succeeded.

import type { SendingAccount } from '../../../store/accounts/sending-accounts.js';
import type { Connection, ConnectionNeeds } from '../connection.js';
import { type ConnectionShare, roomOf } from '../share/connection-share.js';
import type { SharedUse, ShareUser } from '../share/shares.js';
import { type AccountConnections, openAccountConnections } from './account-connections.js';
import { type Acquired, type AcquireQueue, openAcquireQueue } from './acquire-queue.js';
import type { IdleBudget } from './idle-budget.js';
import { openSpareRule, type SpareRule } from './spare-rule.js';
import { openTrial, type Trial } from './trial.js';

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

/** How many mails a connection carries before it is closed for another user of its account that waits. */
const mailsBeforeYield = 10;

/** What a pool is made of. */
interface Pool {
  connections: AccountConnections;
  /** The sends that wait for a connection. */
  queue: AcquireQueue<Connection>;
  trial: Trial<Connection>;
  spareRule: SpareRule;
  use: SharedUse;
  isLeaving: boolean;
}

export function openAccountPool(
  ctx: ConnectionNeeds,
  account: SendingAccount,
  { budget, onSpare, share: useShare }: PoolParts,
): AccountPool {
  const trial = openTrial<Connection>();
  const spareRule = openSpareRule(ctx);
  const use = useShare({
    onRoom: () => queue.retry(),
    dropIdle: () => connections.dropIdle(),
    isWaiting: () => queue.waiting() > 0,
  });
  const told = {
    opened: trial.pass,
    refused: spareRule.hold,
    failed: trial.fail,
    ended() {
      queue.retry();
      leaveIfDone(pool);
    },
  };
  const connections = openAccountConnections(ctx, account, { budget, use, told });
  const isAnyLeft = () => connections.alive.size > 0 || use.share.held > 0;
  const queue = openAcquireQueue(connections.open, onSpare, isAnyLeft);
  const pool: Pool = { connections, queue, trial, spareRule, use, isLeaving: false };
  return {
    version: account.version,
    share: use.share,
    acquire: (fresh) => acquire(pool, fresh),
    release: (connection) => release(pool, connection),
    closeIdle: connections.idle.closeAll,
    retire: () => retire(pool),
    leave() {
      pool.isLeaving = true;
      leaveIfDone(pool);
    },
  };
}

async function acquire(pool: Pool, fresh: boolean): Promise<Acquired<Connection> | undefined> {
  const acquired = await find(pool, fresh);
  if (acquired !== undefined) openSpare(pool);
  return acquired;
}

async function find(pool: Pool, fresh: boolean): Promise<Acquired<Connection> | undefined> {
  const { connections, queue, trial } = pool;
  const found = fresh ? undefined : connections.idle.take();
  if (found !== undefined) {
    connections.inUse.add(found);
    return { connection: found, reused: true };
  }
  if (trial.isPassed()) return fresh ? openFresh(pool) : queue.acquire();
  const end = await trial.run(connections.open);
  switch (end.kind) {
    case 'opened':
      return { connection: end.connection, reused: false };
    case 'no_room':
      return queue.acquire();
    case 'by_another':
      return undefined;
  }
}

async function openFresh({ connections, queue, use }: Pool): Promise<Acquired<Connection>> {
  // The idle connections are as old as the one that will not do, and may take its place.
  if (roomOf(use.share) !== Number.POSITIVE_INFINITY) connections.dropIdle();
  const connection = await connections.open();
  return connection === undefined ? queue.acquire() : { connection, reused: false };
}

function openSpare({ connections, queue, trial, spareRule }: Pool): void {
  const free = connections.idle.count() + queue.opening();
  if (trial.isPassed() && spareRule.isDue(connections.inUse.size, free)) queue.openAhead();
}

function release({ connections, queue, use }: Pool, connection: Connection): void {
  // Another tenant may wait for a connection of the account that both use.
  const isWanted = use.othersWait();
  const yields = isWanted && connection.mails >= mailsBeforeYield;
  if (connections.isGood(connection) && !yields && queue.offer(connection)) return;
  connections.endUse(connection, !isWanted);
}

function retire({ connections, queue, trial }: Pool): boolean {
  connections.idle.closeAll();
  for (const connection of connections.inUse) connection.isInQuestion = true;
  return connections.inUse.size === 0 && queue.waiting() === 0 && queue.opening() === 0 && !trial.isRunning();
}

/** Sends that wait here are told of room until the last has its connection. */
function leaveIfDone({ connections, queue, use, isLeaving }: Pool): void {
  if (isLeaving && connections.alive.size === 0 && queue.waiting() === 0) use.leave();
}
