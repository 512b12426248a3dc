// The connections of each owner: never shared, and replaced as soon as the account has changed.

import type { Needs } from '../../../context.js';
import type { ConnectionLedger } from '../../../store/accounts/connection-ledger.js';
import type { SendingAccount } from '../../../store/accounts/sending-accounts.js';
import { connectionBounds } from '../../connection-bounds.js';
import { type Connection, type ConnectionNeeds, quit } from '../connection.js';
import type { ConnectionShare } from '../share/connection-share.js';
import { openShares, type Shares, type ShareUser } from '../share/shares.js';
import { type AccountPool, openAccountPool } from './account-pool.js';
import type { Acquired } from './acquire-queue.js';
import { type IdleBudget, openIdleBudget } from './idle-budget.js';

export interface ConnectionPool {
  /**
   * @param fresh whether an idle connection will not do
   * @throws SmtpFault; `ofAnother` where another send's connection failed that this send waited for, `hasNoRoom` where
   *   other processes have all connections that the account may have
   */
  acquire(owner: string, account: SendingAccount, fresh: boolean): Promise<Acquired<Connection>>;
  /** Takes a connection back after a mail. */
  release(owner: string, connection: Connection): void;
  /** What the owner's server takes. */
  shareOf(owner: string, account: SendingAccount): ConnectionShare;
  /** The same, undefined before the first mail. */
  share(owner: string): ConnectionShare | undefined;
  /** Closes an owner's idle connections, and no others. */
  dropIdle(owner: string): void;
  /** Closes an owner's idle connections; those in use close after their mail. */
  closeIdle(owner: string): void;
  closeAllIdle(): void;
}

interface PoolParts {
  ledger: ConnectionLedger;
  /** The account of an owner, as limits count it. */
  scopeOf(owner: string): string;
  /** There may be room for one more send of the owner. */
  onRoom(owner: string): void;
}

/** The pools of all owners. */
interface Pools extends PoolParts {
  ctx: ConnectionNeeds;
  byOwner: Map<string, AccountPool>;
  budget: IdleBudget;
  shares: Shares;
}

export function openConnectionPool(ctx: ConnectionNeeds & Needs<'log'>, parts: PoolParts): ConnectionPool {
  const byOwner = new Map<string, AccountPool>();
  const budget = openIdleBudget(connectionBounds().idle);
  const shares = openShares(ctx, parts.ledger);
  const pools: Pools = { ...parts, ctx, byOwner, budget, shares };
  return {
    async acquire(owner, account, fresh) {
      for (;;) {
        const acquired = await poolOf(pools, owner, account).acquire(fresh);
        if (acquired !== undefined) return acquired;
      }
    },
    release: (owner, connection) => release(pools, owner, connection),
    shareOf: (owner, account) => poolOf(pools, owner, account).share,
    share: (owner) => byOwner.get(owner)?.share,
    dropIdle: (owner) => byOwner.get(owner)?.closeIdle(),
    closeIdle: (owner) => closeIdle(pools, owner),
    closeAllIdle() {
      for (const pool of byOwner.values()) {
        pool.retire();
        pool.leave();
      }
      byOwner.clear();
      shares.close();
    },
  };
}

/** The owner's pool for this version of the account. */
function poolOf(pools: Pools, owner: string, account: SendingAccount): AccountPool {
  const known = pools.byOwner.get(owner);
  if (known?.version === account.version) return known;
  known?.retire();
  known?.leave();
  const scope = pools.scopeOf(owner);
  const pool = openAccountPool(pools.ctx, account, {
    budget: pools.budget,
    onSpare: (spare) => release(pools, owner, spare),
    share: (user) => pools.shares.use(scope, account, tellingOwner(pools, owner, user)),
  });
  pools.byOwner.set(owner, pool);
  return pool;
}

/** The same user; of more room, the owner's sends are told as well. */
function tellingOwner({ onRoom }: PoolParts, owner: string, user: ShareUser): ShareUser {
  return {
    ...user,
    onRoom() {
      user.onRoom();
      onRoom(owner);
    },
  };
}

function release({ ctx, byOwner }: Pools, owner: string, connection: Connection): void {
  const pool = byOwner.get(owner);
  // Otherwise the account has changed meanwhile, or its queue has been idle and lost its connections.
  if (pool?.version === connection.version) pool.release(connection);
  else quit(ctx, connection);
}

function closeIdle({ byOwner }: Pools, owner: string): void {
  const pool = byOwner.get(owner);
  // Sends that wait for a connection are served by this pool alone.
  if (pool === undefined || !pool.retire()) return;
  pool.leave();
  byOwner.delete(owner);
}
