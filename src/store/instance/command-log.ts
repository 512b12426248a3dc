// The log of commands: calls that changed something, or were to, written a moment after they were answered.
import { toUnixSeconds } from '../../clock.js';
import type { Needs } from '../context.js';
import type { Client } from '../db/open.js';
import { rowsOf } from '../db/sql.js';
import { withoutNulls } from '../db/without-nulls.js';
import { openLater } from '../db/write-later.js';
import { Prisma } from '../generated/sqlite/client.js';

export interface Command {
  /** Milliseconds since the epoch: when the call began. */
  at: number;
  endpoint: string;
  method: string;
  path: string;
  /** JSON; null: none. */
  query: string | null;
  tenantId: string | null;
  caller: 'admin' | 'tenant';
  tokenName: string | null;
  address: string;
  /** JSON, without anything secret. */
  payload: string;
  status: number;
}

export interface CommandLog {
  add(command: Command): void;
  /** Resolves when what was added before can be read. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** What one statement carries. */
const statementCharacters = 2 * 1024 * 1024;
/** What may wait while the database is away. */
const waitingCharacters = 32 * 1024 * 1024;

export function openCommandLog(ctx: Needs<'db' | 'clock' | 'log'>): CommandLog {
  return openLater<Command>(ctx, {
    what: 'the log of commands',
    afterMs: 200,
    most: waitingCharacters,
    weigh: sizeOf,
    write: (commands) => ctx.db.write((client) => loadsOf(commands).map((load) => insert(ctx, client, load))),
  });
}

function sizeOf({ path, query, payload }: Command): number {
  return 200 + path.length + (query?.length ?? 0) + payload.length;
}

function loadsOf(commands: Command[]): Command[][] {
  const loads: Command[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const command of commands) {
    size += sizeOf(command);
    if (size > statementCharacters) {
      loads.push([]);
      size = sizeOf(command);
    }
    loads.at(-1)?.push(command);
  }
  return loads;
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

export interface CommandFilter {
  tenantId: string | undefined;
  /** Milliseconds since the epoch; from the first on, before the second. */
  from: number | undefined;
  before: number | undefined;
  /** Part of the endpoint's name, in any case. */
  endpoint: string | undefined;
  limit: number;
  /** The last command of the page before. */
  after: { at: number; id: number } | undefined;
}

export interface LoggedCommand extends Command {
  id: number;
}

interface CommandRow {
  id: bigint;
  at: bigint;
  endpoint: string;
  method: string;
  path: string;
  query: string | null;
  tenant_id: string | null;
  caller: 'admin' | 'tenant';
  token_name: string | null;
  address: string;
  payload: string;
  status: number;
}

/** Commands, oldest first. */
export async function findCommands(ctx: Needs<'db'>, filter: CommandFilter): Promise<LoggedCommand[]> {
  const { tenantId, from, before, endpoint, limit, after } = filter;
  const big = (value: number) => Prisma.sql`CAST(${value} AS BIGINT)`;
  const conditions = [
    Prisma.sql`at >= ${big(Math.max(from ?? 0, after?.at ?? 0))}`,
    ...(before === undefined ? [] : [Prisma.sql`at < ${big(before)}`]),
    ...(after === undefined ? [] : [Prisma.sql`(at, id) > (${big(after.at)}, ${big(after.id)})`]),
    ...(tenantId === undefined ? [] : [Prisma.sql`tenant_id = ${tenantId}`]),
    ...(endpoint === undefined ? [] : [Prisma.sql`LOWER(endpoint) LIKE ${likePart(endpoint)} ESCAPE '!'`]),
  ];
  const rows = await ctx.db.read.$queryRaw<CommandRow[]>`
    SELECT id, at, endpoint, method, path, query, tenant_id, caller, token_name, address, payload, status
    FROM command_log WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY at, id LIMIT ${limit}`;
  return rows.map(({ id, at, tenant_id, token_name, ...same }) => ({
    ...same,
    id: Number(id),
    at: Number(at),
    tenantId: tenant_id,
    tokenName: token_name,
  }));
}

function likePart(text: string): string {
  return `%${text.toLowerCase().replace(/[!%_]/g, '!$&')}%`;
}

/** A command as it is listed. */
export function showCommand(command: LoggedCommand): Record<string, unknown> {
  return withoutNulls({
    id: command.id,
    ...showForReplay(command),
    caller: command.caller,
    token_name: command.tokenName,
    address: command.address,
    response_status: command.status,
  });
}

/** What it takes to make the call again, but for the secrets. */
export function showForReplay(command: LoggedCommand): Record<string, unknown> {
  return {
    endpoint: command.endpoint,
    method: command.method,
    path: command.path,
    query: command.query === null ? {} : JSON.parse(command.query),
    tenant_id: command.tenantId,
    payload: JSON.parse(command.payload),
    command_ts: toUnixSeconds(command.at),
  };
}
