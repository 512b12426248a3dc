// Reads the log of commands, and shows commands as clients see them.

import { toUnixSeconds } from '../../clock.js';
import type { Needs } from '../context.js';
import { cutAtBytes, type Hold } from '../db/cut-at-bytes.js';
import { join, type Sql, sql } from '../db/sql.js';
import { contains } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';
import { withoutNulls } from '../db/without-nulls.js';
import type { Command } from './command-log.js';

export interface CommandFilter {
  tenantId: string | undefined;
  /** Milliseconds since the epoch: at or after `from`, and earlier than `before`. */
  from: number | undefined;
  before: number | undefined;
  /** Part of the endpoint's name, in upper or lower case. */
  endpoint: string | undefined;
  limit: number;
  /** The last command of the previous page. */
  after: { at: number; id: number } | undefined;
}

export interface LoggedCommand extends Command {
  id: number;
}

interface CommandRow {
  id: bigint | number;
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

/**
 * A page of the commands that fit the filter, oldest first. It ends at `limit`, or where it has enough bytes.
 * @param hold is awaited before as many bytes are read
 */
export async function findCommandPage(
  ctx: Needs<'db'>,
  filter: CommandFilter,
  hold: Hold,
): Promise<{ commands: LoggedCommand[]; more: boolean }> {
  // One entry more than the page may hold tells whether there is another page.
  const sizes = await ctx.db.query(
    rows<{ bytes: number | bigint }>(sql`
      SELECT octet_length(payload) + octet_length(path) + COALESCE(octet_length(query), 0) + 500 AS bytes
      FROM command_log WHERE ${fits(filter)} ORDER BY at, id LIMIT ${filter.limit + 1}`),
  );
  const { count, bytes } = cutAtBytes(sizes.slice(0, filter.limit));
  await hold(bytes);
  const commands = await findCommands(ctx, { ...filter, limit: count });
  return { commands, more: count < sizes.length };
}

/** The commands that fit the filter, oldest first. */
export async function findCommands(ctx: Needs<'db'>, filter: CommandFilter): Promise<LoggedCommand[]> {
  const found = await ctx.db.query(
    rows<CommandRow>(sql`
      SELECT id, at, endpoint, method, path, query, tenant_id, caller, token_name, address, payload, status
      FROM command_log WHERE ${fits(filter)} ORDER BY at, id LIMIT ${filter.limit}`),
  );
  return found.map(({ id, at, tenant_id, token_name, ...same }) => ({
    ...same,
    id: Number(id),
    at: Number(at),
    tenantId: tenant_id,
    tokenName: token_name,
  }));
}

function fits({ tenantId, from, before, endpoint, after }: CommandFilter): Sql {
  const conditions = [
    sql`at >= ${Math.max(from ?? 0, after?.at ?? 0)}`,
    ...(before === undefined ? [] : [sql`at < ${before}`]),
    // Two calls may come in the same millisecond, so the id decides between them.
    ...(after === undefined ? [] : [sql`(at, id) > (${after.at}, ${after.id})`]),
    ...(tenantId === undefined ? [] : [sql`tenant_id = ${tenantId}`]),
    ...(endpoint === undefined ? [] : [contains('endpoint', endpoint)]),
  ];
  return join(conditions, ' AND ');
}

/** A command as it is listed. */
export function showCommand(command: LoggedCommand) {
  return withoutNulls({
    id: command.id,
    ...showForReplay(command),
    caller: command.caller,
    token_name: command.tokenName,
    address: command.address,
    response_status: command.status,
  });
}

/** All it takes to repeat the call, except for its secrets. */
export function showForReplay(command: LoggedCommand) {
  return {
    endpoint: command.endpoint,
    method: command.method,
    path: command.path,
    query: command.query === null ? {} : (JSON.parse(command.query) as Record<string, unknown>),
    tenant_id: command.tenantId,
    payload: JSON.parse(command.payload) as Record<string, unknown>,
    command_ts: toUnixSeconds(command.at),
  };
}
