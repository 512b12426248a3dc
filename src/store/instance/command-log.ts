// Writes the log of commands: calls that changed something or were meant to, written a moment after their answer.
import type { Needs } from '../context.js';
import { rowsOf } from '../db/old-sql.js';
import type { Client } from '../db/open.js';
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
  add(command: Command): void;
  /** Resolves when every command added before can be read. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** The most that one statement carries, unless a single command is longer. */
const statementCharacters = 2 * 1024 * 1024;

/** The most that may wait in memory while the database is unavailable. */
const waitingCharacters = 32 * 1024 * 1024;

export function openCommandLog(ctx: Needs<'db' | 'clock' | 'log'>): CommandLog {
  return openLater<Command>(ctx, {
    what: 'the log of commands',
    afterMs: 200,
    most: waitingCharacters,
    weigh: sizeOf,
    write: (commands) =>
      ctx.db.write((client) => batchesOf(commands).map((some) => insert(ctx, client, some))),
  });
}

function sizeOf({ path, query, payload }: Command): number {
  return 200 + path.length + (query?.length ?? 0) + payload.length;
}

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

function insert(ctx: Needs<'db'>, client: Client, commands: Command[]) {
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
  const rows = rowsOf(
    ctx.db.kind,
    columns,
    commands.map(({ tenantId, tokenName, ...same }) => ({ ...same, tenant: tenantId, token: tokenName })),
  );
  return client.$executeRaw`
    INSERT INTO command_log (at, endpoint, method, path, query, tenant_id, caller, token_name, address, payload, status)
    SELECT j.at, j.endpoint, j.method, j.path, j.query, j.tenant, j.caller, j.token, j.address, j.payload, j.status
    FROM ${rows}`;
}
