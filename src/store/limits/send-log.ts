// What limits count. An attempt takes a slot before it begins; when the server has taken the mail, the slot becomes an
// entry of the log, stamped with the time of the reply, else it is given back. Entries are numbered within their scope
// (an account or a tenant), so that one look at the entry `limit` places back says whether a window is full, whatever
// the limit.
import type { Owner } from '../../domain/owner.js';
import type { Needs } from '../context.js';
import { rowsOf } from '../db/old-sql.js';
import type { Client } from '../db/open.js';
import { Prisma } from '../generated/sqlite/client.js';

/** A sliding window: how long it is, and the column or expression that holds its limit. */
export interface Window {
  name: 'minute' | 'hour' | 'day' | 'tenant_hour' | 'tenant_day';
  lengthMs: number;
}

const minuteMs = 60_000;
const hourMs = 3_600_000;
export const dayMs = 86_400_000;

export const windows: readonly Window[] = [
  { name: 'minute', lengthMs: minuteMs },
  { name: 'hour', lengthMs: hourMs },
  { name: 'day', lengthMs: dayMs },
  { name: 'tenant_hour', lengthMs: hourMs },
  { name: 'tenant_day', lengthMs: dayMs },
];

/** Between what the server's clock and ours take for the same moment, and for what a millisecond hides. */
export const marginMs = 2;

/** The scope of an account; a tenant's is its id, which has no slash. */
export const accountScope = Prisma.sql`(j.tenant || '/' || j.account)`;
export const tenantScope = Prisma.sql`j.tenant`;

function tenantLimit(ctx: Needs<'db'>, name: 'hourly' | 'daily') {
  const json = ctx.db.kind === 'sqlite' ? Prisma.sql`t.rate_limits` : Prisma.sql`t.rate_limits::jsonb`;
  return Prisma.sql`COALESCE(CAST(${json} ->> ${Prisma.raw(`'${name}'`)} AS BIGINT), 0)`;
}

/**
 * The limits that hold for each row of `j`, which has the columns `tenant` and `account`, as a table expression `j` with
 * more columns: 0 where there is no limit.
 */
export function withLimits(ctx: Needs<'db'>, rows: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(SELECT j.*,
      COALESCE(a.limit_per_minute, 0) AS minute, COALESCE(a.limit_per_hour, 0) AS hour,
      COALESCE(a.limit_per_day, 0) AS day,
      ${tenantLimit(ctx, 'hourly')} AS tenant_hour, ${tenantLimit(ctx, 'daily')} AS tenant_day
    FROM ${rows} JOIN tenants t ON t.id = j.tenant
    LEFT JOIN accounts a ON a.tenant_id = j.tenant AND a.id = j.account) AS j`;
}

export const hasAccountLimit = Prisma.sql`(j.minute > 0 OR j.hour > 0 OR j.day > 0)`;
export const hasTenantLimit = Prisma.sql`(j.tenant_hour > 0 OR j.tenant_day > 0)`;

/** For a row of `messages`: neither its account nor its tenant has a limit. */
export function unlimited(ctx: Needs<'db'>): Prisma.Sql {
  return Prisma.sql`NOT EXISTS (SELECT 1 FROM accounts l WHERE l.tenant_id = messages.tenant_id
      AND l.id = messages.account_id AND (l.limit_per_minute > 0 OR l.limit_per_hour > 0 OR l.limit_per_day > 0))
    AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = messages.tenant_id AND t.rate_limits IS NOT NULL
      AND (${tenantLimit(ctx, 'hourly')} > 0 OR ${tenantLimit(ctx, 'daily')} > 0))`;
}

/**
 * The statements that begin a transaction which takes or settles slots: the scopes exist and, on PostgreSQL, belong to
 * this transaction until its end. Locked in the order of their names, so that no two wait for each other.
 */
export function lockScopes(
  ctx: Needs<'db'>,
  client: Client,
  owners: Owner[],
): Prisma.PrismaPromise<unknown>[] {
  const names = new Set<string>();
  for (const owner of owners) for (const scope of scopesOf(owner)) names.add(scope);
  const rows = rowsOf(
    ctx.db.kind,
    { scope: 'text' },
    [...names].sort().map((scope) => ({ scope })),
  );
  return [
    client.$executeRaw`INSERT INTO send_scopes (scope) SELECT j.scope FROM ${rows} WHERE true ORDER BY j.scope
      ON CONFLICT (scope) DO NOTHING`,
    ...(ctx.db.kind === 'sqlite'
      ? []
      : [
          client.$queryRaw`SELECT scope FROM send_scopes WHERE scope IN (SELECT j.scope FROM ${rows})
            ORDER BY scope FOR UPDATE`,
        ]),
  ];
}

export function scopesOf({ tenantId, accountId }: Owner): string[] {
  return accountId === null ? [tenantId] : [`${tenantId}/${accountId}`, tenantId];
}

/** `<pk>-<number of the attempt>` */
export function attemptName(pk: string, attempt: number): string {
  return `${pk}-${attempt}`;
}

export interface SlotEnd extends Owner {
  attempt: string;
  /** Whether the server took the mail, or may have. */
  taken: boolean;
}

/**
 * Ends slots, in a transaction that began with `lockScopes`. A slot that is ended twice counts once.
 * @param now of `SendClock`
 */
export function endSlots(ctx: Needs<'db'>, client: Client, ends: SlotEnd[], now: number) {
  const rows = rowsOf(
    ctx.db.kind,
    { scope: 'text', attempt: 'text', taken: 'bigint' },
    ends.flatMap((end) =>
      scopesOf(end).map((scope) => ({ scope, attempt: end.attempt, taken: end.taken ? 1 : 0 })),
    ),
  );
  return settle(
    client,
    Prisma.sql`(SELECT o.scope, o.attempt, j.taken FROM ${rows}
      JOIN send_slots o ON o.scope = j.scope AND o.attempt = j.attempt) AS o`,
    now,
  );
}

/** Ends all slots of dead processes as if their servers had taken the mails: they may have. Needs no lock before it. */
export function endSlotsOf(ctx: Needs<'db'>, client: Client, processes: string[], now: number) {
  const open = Prisma.sql`(SELECT scope, attempt, 1 AS taken FROM send_slots
    WHERE process_id IN (${Prisma.join(processes)})) AS o`;
  const lock =
    ctx.db.kind === 'sqlite'
      ? []
      : [
          client.$queryRaw`SELECT scope FROM send_scopes
            WHERE scope IN (SELECT o.scope FROM ${open}) ORDER BY scope FOR UPDATE`,
        ];
  return [...lock, ...settle(client, open, now)];
}

/** @param ended a table expression `o` of slots that are there: scope, attempt, taken */
function settle(client: Client, ended: Prisma.Sql, now: number) {
  const at = Prisma.sql`CASE WHEN s.last_at > CAST(${now} AS BIGINT) THEN s.last_at ELSE CAST(${now} AS BIGINT) END`;
  return [
    client.$executeRaw`INSERT INTO send_log (scope, n, at)
      SELECT o.scope, s.last_n + ROW_NUMBER() OVER (PARTITION BY o.scope ORDER BY o.attempt), ${at}
      FROM ${ended} JOIN send_scopes s ON s.scope = o.scope WHERE o.taken = 1`,
    client.$executeRaw`UPDATE send_scopes AS s SET last_n = s.last_n + c.entries, last_at = ${at}
      FROM (SELECT o.scope, COUNT(*) AS entries FROM ${ended} WHERE o.taken = 1 GROUP BY o.scope) AS c
      WHERE c.scope = s.scope`,
    client.$executeRaw`DELETE FROM send_slots
      WHERE (scope, attempt) IN (SELECT o.scope, o.attempt FROM ${ended})`,
  ];
}
