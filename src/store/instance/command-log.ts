// Writes the log of commands: calls that changed something or were meant to, written a moment after their answer.

import type { Needs } from '../context.js';
import { type Sql, sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';
import { openLater } from '../db/write-later.js';

export interface Command {
  /** Milliseconds since the epoch: when the call began. */
  at: number;
  endpoint: string;
  method: string;
  path: string;
  /** The query parameters as JSON; null: none. */
  query: string | null;
  tenantId: string | null;
  caller: 'admin' | 'tenant';
  tokenName: string | null;
  address: string;
  /** The body as JSON, its secrets hidden. */
  payload: string;
  status: number;
}

export interface CommandLog {
  /** Never waits and never fails. Commands that the database refuses are counted in the log of the service. */
  add(command: Command): void;
  /** Resolves when every command added before can be read. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** The most that one statement carries, unless a single command is longer. */
const statementCharacters = 2 * 1024 * 1024;

/** The most that may wait in memory while the database is unavailable. */
const waitingCharacters = 32 * 1024 * 1024;

/**
 * Commands are collected for 200 ms and written together, so that a burst of calls costs one transaction. A process that
 * dies loses the commands of this time.
 */
export function openCommandLog(ctx: Needs<'db' | 'clock' | 'log'>): CommandLog {
  return openLater<Command>(ctx, {
    what: 'the log of commands',
    afterMs: 200,
    most: waitingCharacters,
    weigh: sizeOf,
    async write(commands) {
      const statements = batchesOf(commands).map(
        (some, n) => [`commands${n}`, run(insertSql(some))] as const,
      );
      await ctx.db.transaction(Object.fromEntries(statements));
    },
  });
}

/** In characters. 200 stand for the columns of bounded length. */
function sizeOf({ path, query, payload }: Command): number {
  return 200 + path.length + (query?.length ?? 0) + payload.length;
}

/** Splits commands so that each statement has a bounded size. A long command gets a statement of its own. */
function batchesOf(commands: Command[]): Command[][] {
  const batches: Command[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const command of commands) {
    size += sizeOf(command);
    if (size > statementCharacters) {
      batches.push([]);
      size = sizeOf(command);
    }
    batches.at(-1)?.push(command);
  }
  return batches;
}

function insertSql(commands: Command[]): Sql {
  const columns = {
    at: 'bigint',
    endpoint: 'text',
    method: 'text',
    path: 'text',
    query: 'text',
    tenant: 'text',
    caller: 'text',
    token: 'text',
    address: 'text',
    payload: 'text',
    status: 'bigint',
  } as const;
  const named = rowsOf(
    columns,
    commands.map(({ tenantId, tokenName, ...same }) => ({ ...same, tenant: tenantId, token: tokenName })),
  );
  return sql`
    INSERT INTO command_log (at, endpoint, method, path, query, tenant_id, caller, token_name, address, payload, status)
    SELECT j.at, j.endpoint, j.method, j.path, j.query, j.tenant, j.caller, j.token, j.address, j.payload, j.status
    FROM ${named}`;
}
