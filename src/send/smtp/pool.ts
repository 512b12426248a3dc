// The connections of each owner: never shared, and replaced as soon as the account has changed.

import type { SendingAccount } from '../../store/accounts/sending-accounts.js';
import { connectionBounds } from '../connection-bounds.js';
import { type AccountPool, openAccountPool } from './account-pool.js';
import type { Acquired } from './acquire-queue.js';
import { type Connection, type ConnectionNeeds, quit } from './connection.js';
import { openIdleBudget } from './idle-budget.js';

interface ConnectionPool {
  /**
   * @param fresh whether an idle connection will not do
   * @throws SmtpFault; `ofAnother` where another send's connection failed that this send waited for
   */
  acquire(owner: string, account: SendingAccount, fresh: boolean): Promise<Acquired<Connection>>;
  /** Takes a connection back after a mail. */
  release(owner: string, connection: Connection): void;
  /** Closes an owner's idle connections, and no others. */
  dropIdle(owner: string): void;
  /** Closes an owner's idle connections; those in use close after their mail. */
  closeIdle(owner: string): void;
  closeAllIdle(): void;
}

export function openConnectionPool(ctx: ConnectionNeeds): ConnectionPool {
  const pools = new Map<string, AccountPool>();
  const budget = openIdleBudget(connectionBounds().idle);

  function poolOf(owner: string, account: SendingAccount): AccountPool {
    const known = pools.get(owner);
    if (known?.version === account.version) return known;
    closeIdle(owner);
    const pool = openAccountPool(ctx, account, budget, (spare) => release(owner, spare));
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
    pools.delete(owner);
    pool?.closeIdle();
  }

  return {
    async acquire(owner, account, fresh) {
      for (;;) {
        const acquired = await poolOf(owner, account).acquire(fresh);
        if (acquired !== undefined) return acquired;
      }
    },
    release,
    dropIdle: (owner) => pools.get(owner)?.closeIdle(),
    closeIdle,
    closeAllIdle() {
      for (const owner of [...pools.keys()]) closeIdle(owner);
    },
  };
}
