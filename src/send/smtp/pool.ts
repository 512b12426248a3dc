// The connections of each owner: never shared, and replaced as soon as the account has changed.

import type { Needs } from '../../context.js';
import type { ConnectionLedger } from '../../store/accounts/connection-ledger.js';
import type { SendingAccount } from '../../store/accounts/sending-accounts.js';
import { connectionBounds } from '../connection-bounds.js';
import { type AccountPool, openAccountPool } from './account-pool.js';
import type { Acquired } from './acquire-queue.js';
import { type Connection, type ConnectionNeeds, quit } from './connection.js';
import { openIdleBudget } from './idle-budget.js';
import type { ConnectionShare } from './share/connection-share.js';
import { openShares } from './share/shares.js';

interface ConnectionPool {
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

export function openConnectionPool(
  ctx: ConnectionNeeds & Needs<'log'>,
  { ledger, scopeOf, onRoom }: PoolParts,
): ConnectionPool {
  const pools = new Map<string, AccountPool>();
  const budget = openIdleBudget(connectionBounds().idle);
  const shares = openShares(ctx, ledger);

  function poolOf(owner: string, account: SendingAccount): AccountPool {
    const known = pools.get(owner);
    if (known?.version === account.version) return known;
    known?.retire();
    known?.leave();
    const scope = scopeOf(owner);
    const pool = openAccountPool(ctx, account, {
      budget,
      onSpare: (spare) => release(owner, spare),
      share(user) {
        const told = {
          ...user,
          onRoom() {
            user.onRoom();
            onRoom(owner);
          },
        };
        return shares.use(scope, account, told);
      },
    });
    pools.set(owner, pool);
    return pool;
  }

  function release(owner: string, connection: Connection): void {
    const pool = pools.get(owner);
    // Otherwise the account has changed meanwhile, or its queue has been idle and lost its connections.
    if (pool?.version === connection.version) pool.release(connection);
    else quit(ctx, connection);
  }

  function closeIdle(owner: string): void {
    const pool = pools.get(owner);
    // Sends that wait for a connection are served by this pool alone.
    if (pool === undefined || !pool.retire()) return;
    pool.leave();
    pools.delete(owner);
  }

  return {
    async acquire(owner, account, fresh) {
      for (;;) {
        const acquired = await poolOf(owner, account).acquire(fresh);
        if (acquired !== undefined) return acquired;
      }
    },
    release,
    shareOf: (owner, account) => poolOf(owner, account).share,
    share: (owner) => pools.get(owner)?.share,
    dropIdle: (owner) => pools.get(owner)?.closeIdle(),
    closeIdle,
    closeAllIdle() {
      for (const pool of pools.values()) {
        pool.retire();
        pool.leave();
      }
      pools.clear();
      shares.close();
    },
  };
}
