// The open connections to one account's server, those in use and the idle ones. Each counts in the account's share until it ends.

import type { SendingAccount } from '../../../store/accounts/sending-accounts.js';
import { type Connection, type ConnectionNeeds, destroy, openConnection, quit } from '../connection.js';
import { type ConnectionShare, isShared } from '../share/connection-share.js';
import type { SharedUse } from '../share/shares.js';
import { connectionEnded, connectionOpened, isSurplus, takeConnection } from '../share/take-connection.js';
import type { IdleBudget } from './idle-budget.js';
import { type IdleConnections, openIdleConnections } from './idle-connections.js';

export interface AccountConnections {
  readonly idle: IdleConnections<Connection>;
  readonly inUse: Set<Connection>;
  /** All that have not ended, those that are saying goodbye included. */
  readonly alive: Set<Connection>;
  /**
   * Opens one more connection, for use at once.
   * @returns undefined when there is no room for one more
   * @throws SmtpFault
   */
  open(): Promise<Connection | undefined>;
  /** Frees the place of an idle connection at once: QUIT would be answered later. @returns whether there was one */
  dropIdle(): boolean;
  /** Whether the connection may carry one more mail. */
  isGood(connection: Connection): boolean;
  /** Ends the use of a connection. @param mayStay whether it becomes idle if it is good; otherwise it is closed */
  endUse(connection: Connection, mayStay: boolean): void;
}

interface Parts {
  budget: IdleBudget;
  use: Pick<SharedUse, 'share' | 'makeRoom'>;
  told: Listener;
}

/** Is told of each connection how opening it ends, and when it is over. */
interface Listener {
  opened(): void;
  /** The connection was refused, perhaps only because there are enough. */
  refused(): void;
  /** The connection was refused although there are not too many. */
  failed(): void;
  ended(): void;
}

/** How long a connection stays idle whose place another process may have use for. */
const idleSharedMs = 1000;

export function openAccountConnections(
  ctx: ConnectionNeeds,
  account: SendingAccount,
  { budget, use, told }: Parts,
): AccountConnections {
  const close = (connection: Connection) => quit(ctx, connection);
  const isGood = (connection: Connection) => isReusable(connection, account, ctx.clock.now());
  const idle = openIdleConnections(isGood, close, budget);
  const inUse = new Set<Connection>();
  const alive = new Set<Connection>();

  function watch(connection: Connection): void {
    alive.add(connection);
    inUse.add(connection);
    const stop = ctx.clock.after(account.ttl * 1000, () => closeIfIdle(ctx, idle, connection));
    connection.smtp.once('end', () => {
      stop();
      inUse.delete(connection);
      alive.delete(connection);
      connectionEnded(use.share, true);
      told.ended();
    });
  }

  return {
    idle,
    inUse,
    alive,
    open: () => openCounted(ctx, account, { use, told, watch }),
    dropIdle() {
      const connection = idle.take();
      if (connection !== undefined) destroy(connection);
      return connection !== undefined;
    },
    isGood,
    endUse(connection, mayStay) {
      inUse.delete(connection);
      if (isGood(connection) && mayStay) keep(ctx, idle, use.share, connection);
      else close(connection);
    },
  };
}

/** Opens a connection if the share has room for one more. */
async function openCounted(
  ctx: ConnectionNeeds,
  account: SendingAccount,
  { use, told, watch }: Omit<Parts, 'budget'> & { watch(connection: Connection): void },
): Promise<Connection | undefined> {
  const { share } = use;
  if (!(await takeConnection(share))) {
    use.makeRoom();
    return undefined;
  }
  try {
    const connection = await openConnection(ctx, account);
    connectionOpened(share);
    told.opened();
    watch(connection);
    return connection;
  } catch (error) {
    told.refused();
    connectionEnded(share, false);
    if (await isSurplus(share, error)) return undefined;
    told.failed();
    throw error;
  }
}

function keep(
  ctx: ConnectionNeeds,
  idle: IdleConnections<Connection>,
  share: ConnectionShare,
  connection: Connection,
): void {
  idle.add(connection);
  if (!isShared(share)) return;
  const { mails } = connection;
  ctx.clock.after(idleSharedMs, () => {
    if (connection.mails === mails) closeIfIdle(ctx, idle, connection);
  });
}

function closeIfIdle(ctx: ConnectionNeeds, idle: IdleConnections<Connection>, connection: Connection): void {
  if (idle.remove(connection)) quit(ctx, connection);
}

function isReusable(connection: Connection, { ttl, batchSize }: SendingAccount, now: number): boolean {
  const isUsedUp = batchSize !== undefined && connection.mails >= batchSize;
  return !connection.ended && !connection.isInQuestion && now - connection.openedAt < ttl * 1000 && !isUsedUp;
}
