// The connections of each account: kept open between mails, never shared, and opened one at a time until one has held.

import type { Needs } from '../../context.js';
import type { SendingAccount } from '../../store/accounts/sending-accounts.js';
import { SmtpFault } from '../judge/fault.js';
import { unreservedSlots } from '../reserved-slot.js';
import { type Connection, openConnection, part } from './connection.js';

/** What one owner has at its account's server. */
interface Pool {
  version: string;
  idle: Connection[];
  inUse: Set<Connection>;
  /** Whether the last connection that was opened could be. */
  proven: boolean;
  /** The first connection, or the first after a failure, on its way; the others wait for its fate. */
  trial: Promise<Connection> | undefined;
  /** Sends without a connection: they get the first that is opened or given back, whichever comes sooner. */
  waiting: Waiting[];
  /** Connections on their way, never fewer than wait for one. */
  opening: number;
  /** Milliseconds since the epoch: until then no spare one is opened, for the server refused one. */
  noSpareUntil: number;
}

export interface Taken {
  connection: Connection;
  reused: boolean;
}

interface Waiting {
  resolve(taken: Taken): void;
  reject(error: unknown): void;
}

/** After a connection was refused. */
const noSpareMs = 60_000;

export interface FreeList {
  /** @throws SmtpFault; `ofAnother` where the failure is that of the connection waited for */
  take(owner: string, account: SendingAccount, fresh: boolean): Promise<Taken>;
  /** Takes a connection back after a mail: keeps it, or ends it. */
  giveBack(owner: string, account: SendingAccount, connection: Connection): void;
  /** Ends an owner's idle connections; those in use end after their mail. */
  drop(owner: string): void;
  dropAll(): void;
}

export function openFreeList(ctx: Needs<'config' | 'clock'>): FreeList {
  const pools = new Map<string, Pool>();
  const { maxConcurrentPerAccount } = ctx.config;
  /** With so many in use another is opened ahead, for the send that is kept for immediate messages. */
  const spareFrom = unreservedSlots(maxConcurrentPerAccount);

  function poolOf(owner: string, { version }: SendingAccount): Pool {
    const known = pools.get(owner);
    if (known?.version === version) return known;
    drop(owner);
    const pool: Pool = {
      version,
      idle: [],
      inUse: new Set(),
      proven: false,
      trial: undefined,
      waiting: [],
      opening: 0,
      noSpareUntil: 0,
    };
    pools.set(owner, pool);
    return pool;
  }

  async function open(pool: Pool, account: SendingAccount): Promise<Connection> {
    try {
      const connection = await openConnection(ctx, account);
      pool.proven = true;
      const stop = ctx.clock.after(account.ttl * 1000, () => {
        if (leave(pool, connection)) part(ctx, connection);
      });
      connection.smtp.once('end', () => {
        stop();
        pool.inUse.delete(connection);
      });
      return connection;
    } catch (error) {
      pool.proven = false;
      pool.noSpareUntil = ctx.clock.now() + noSpareMs;
      throw error;
    }
  }

  async function take(owner: string, account: SendingAccount, fresh: boolean): Promise<Taken> {
    const pool = poolOf(owner, account);
    const taken = await find(owner, account, pool, fresh);
    if (!taken.connection.ended) pool.inUse.add(taken.connection);
    const isLastUsual = spareFrom < maxConcurrentPerAccount && pool.inUse.size === spareFrom;
    const hasSpare = pool.idle.length > 0 || pool.opening > 0;
    if (isLastUsual && !hasSpare && pool.proven && ctx.clock.now() >= pool.noSpareUntil) {
      void openOneMore(owner, account, pool);
    }
    return taken;
  }

  async function find(owner: string, account: SendingAccount, pool: Pool, fresh: boolean): Promise<Taken> {
    for (let found = fresh ? undefined : pool.idle.pop(); found; found = pool.idle.pop()) {
      if (isGood(found, account)) return { connection: found, reused: true };
      part(ctx, found);
    }
    if (pool.proven && fresh) return { connection: await open(pool, account), reused: false };
    if (pool.proven) return first(owner, account, pool);
    if (pool.trial === undefined) {
      pool.trial = open(pool, account).finally(() => {
        pool.trial = undefined;
      });
      return { connection: await pool.trial, reused: false };
    }
    await pool.trial.catch((error: unknown) => {
      throw error instanceof SmtpFault ? error.ofAnother() : error;
    });
    return find(owner, account, poolOf(owner, account), fresh);
  }

  /** No more are opened than wait: what was opened for one that got another's is the next one's. */
  function first(owner: string, account: SendingAccount, pool: Pool): Promise<Taken> {
    const taken = new Promise<Taken>((resolve, reject) => {
      pool.waiting.push({ resolve, reject });
    });
    if (pool.opening < pool.waiting.length) void openOneMore(owner, account, pool);
    return taken;
  }

  async function openOneMore(owner: string, account: SendingAccount, pool: Pool): Promise<void> {
    pool.opening += 1;
    try {
      const connection = await open(pool, account);
      pool.opening -= 1;
      const next = pool.waiting.shift();
      if (next) next.resolve({ connection, reused: false });
      else giveBack(owner, account, connection);
    } catch (error) {
      pool.opening -= 1;
      if (pool.opening < pool.waiting.length) pool.waiting.shift()?.reject(error);
    }
  }

  function isGood(connection: Connection, account: SendingAccount): boolean {
    const age = ctx.clock.now() - connection.openedAt;
    const full = account.batchSize !== undefined && connection.mails >= account.batchSize;
    return !connection.ended && age < account.ttl * 1000 && !full;
  }

  function giveBack(owner: string, account: SendingAccount, connection: Connection): void {
    const pool = pools.get(owner);
    pool?.inUse.delete(connection);
    // The account has changed meanwhile, or nobody sends for it here any more.
    if (pool?.version !== connection.version || !isGood(connection, account)) {
      part(ctx, connection);
      return;
    }
    const next = pool.waiting.shift();
    if (next) {
      next.resolve({ connection, reused: true });
      return;
    }
    pool.idle.push(connection);
    connection.onEnd = () => leave(pool, connection);
  }

  function leave({ idle }: Pool, connection: Connection): boolean {
    const at = idle.indexOf(connection);
    if (at >= 0) idle.splice(at, 1);
    return at >= 0;
  }

  function drop(owner: string): void {
    const pool = pools.get(owner);
    pools.delete(owner);
    for (const connection of pool?.idle.splice(0) ?? []) part(ctx, connection);
  }

  return {
    take,
    giveBack,
    drop,
    dropAll() {
      for (const owner of [...pools.keys()]) drop(owner);
    },
  };
}
