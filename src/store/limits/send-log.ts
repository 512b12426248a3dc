// The sends that limits count. An attempt takes a slot before it begins. When the server has taken the mail, the slot becomes an
// entry of the log, stamped with the time of the reply; otherwise the slot is given back. Entries are numbered within
// their scope (an account or a tenant), as the arithmetic of windows needs it (window.ts).
import type { Owner } from '../../domain/owner.js';
import type { Needs } from '../context.js';
import { empty, type Sql, sql, verbatim } from '../db/sql.js';
import { forUpdateOf, jsonField, listOf, onPostgres, rowsOf } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';
import { hasLimit, notBefore } from './window.js';

/** The scope of the instance's default account, which all tenants share. No tenant and no account has an empty id. */
const defaultScope = '/';

/** The scope of the account of a row `j` with `tenant` and `account`. A tenant's scope is its id, which has no slash. */
export const accountScope = sql`COALESCE(j.tenant || '/' || j.account, ${verbatim(`'${defaultScope}'`)})`;
export const tenantScope = sql`j.tenant`;

/** The scope of an owner's account. */
export function accountScopeOf({ tenantId, accountId }: Owner): string {
  return accountId === null ? defaultScope : `${tenantId}/${accountId}`;
}

function scopesOf(owner: Owner): string[] {
  return [accountScopeOf(owner), owner.tenantId];
}

/** The name of an attempt: `<pk>-<number of the attempt>`. */
export function attemptName(pk: string, attempt: number): string {
  return `${pk}-${attempt}`;
}

/** The limit of a row `t` of tenants; 0: none. */
function tenantLimit(name: 'hourly' | 'daily'): Sql {
  return sql`COALESCE(CAST(${jsonField(verbatim('t.rate_limits'), name)} AS BIGINT), 0)`;
}

/** The limit of the account of a row `j`, joined with the row `a` of its account; 0: none. */
function accountLimit(ctx: Needs<'config'>, per: 'minute' | 'hour' | 'day'): Sql {
  const own = sql`COALESCE(${verbatim(`a.limit_per_${per}`)}, 0)`;
  const ofDefault = defaultLimits(ctx)[per];
  return ofDefault === 0 ? own : sql`CASE WHEN j.account IS NULL THEN ${ofDefault} ELSE ${own} END`;
}

/** The limits of the instance's default account; 0: none. */
function defaultLimits({ config }: Needs<'config'>) {
  const { smtpLimitPerMinute: minute = 0, smtpLimitPerHour: hour = 0, smtpLimitPerDay: day = 0 } = config;
  return { minute, hour, day };
}

/**
 * The limits that hold for each row of `j`, which has the columns `tenant` and `account`, as a table expression `j` with
 * a column more for each window: 0 where there is no limit.
 */
export function withLimits(ctx: Needs<'config'>, rows: Sql): Sql {
  return sql`(SELECT j.*,
      ${accountLimit(ctx, 'minute')} AS minute, ${accountLimit(ctx, 'hour')} AS hour,
      ${accountLimit(ctx, 'day')} AS day,
      ${tenantLimit('hourly')} AS tenant_hour, ${tenantLimit('daily')} AS tenant_day
    FROM ${rows} JOIN tenants t ON t.id = j.tenant
    LEFT JOIN accounts a ON a.tenant_id = j.tenant AND a.id = j.account) AS j`;
}

/** For a row of `messages`: neither its account nor its tenant has a limit. */
export function isUnlimited(ctx: Needs<'config'>): Sql {
  const defaultHas = Object.values(defaultLimits(ctx)).some((limit) => limit > 0);
  return sql`${defaultHas ? sql`messages.account_id IS NOT NULL AND ` : empty}NOT EXISTS (SELECT 1 FROM accounts l WHERE l.tenant_id = messages.tenant_id
      AND l.id = messages.account_id AND (l.limit_per_minute > 0 OR l.limit_per_hour > 0 OR l.limit_per_day > 0))
    AND NOT EXISTS (SELECT 1 FROM tenants t WHERE t.id = messages.tenant_id AND t.rate_limits IS NOT NULL
      AND (${tenantLimit('hourly')} > 0 OR ${tenantLimit('daily')} > 0))`;
}

/** How many slots of a scope are taken. */
export function slotsTaken(scope: Sql): Sql {
  return sql`(SELECT COUNT(*) FROM send_slots o WHERE o.scope = ${scope})`;
}

/**
 * The statements that begin a transaction which takes or ends slots: the scopes exist and, on PostgreSQL, belong to
 * this transaction until its end. Locked in the order of their names, so that no two transactions wait for each other.
 */
export function lockScopes(owners: Owner[]) {
  const names = new Set(owners.flatMap(scopesOf));
  const rows = rowsOf(
    { scope: 'text' },
    [...names].sort().map((scope) => ({ scope })),
  );
  return {
    scopesAdded:
      run(sql`INSERT INTO send_scopes (scope) SELECT j.scope FROM ${rows} WHERE true ORDER BY j.scope
      ON CONFLICT (scope) DO NOTHING`),
    scopesLocked: run(lockedScopes(sql`SELECT j.scope FROM ${rows}`)),
  };
}

function lockedScopes(which: Sql): Sql {
  return onPostgres(sql`SELECT scope FROM send_scopes WHERE scope IN (${which})
    ORDER BY scope ${forUpdateOf('send_scopes')}`);
}

/**
 * The statement that takes slots for attempts that were just claimed. Runs in a transaction that began with `lockScopes`.
 * @param rows a table expression `j` of the claims, with `tenant` and `account`
 * @param justClaimed the condition that joins a row of `messages` with a row of `j`
 */
export function takeSlots(
  ctx: Needs<'config'>,
  rows: Sql,
  justClaimed: Sql,
  { processId, now }: { processId: string; now: number },
) {
  const slotsOf = (scope: Sql, isLimited: Sql) => sql`
    SELECT ${scope}, messages.pk || '-' || messages.attempts, ${processId}, ${now}
    FROM ${withLimits(ctx, rows)} JOIN messages ON ${justClaimed} WHERE ${isLimited}`;
  return run(sql`INSERT INTO send_slots (scope, attempt, process_id, at)
    ${slotsOf(accountScope, hasLimit('account'))} UNION ${slotsOf(tenantScope, hasLimit('tenant'))}
    ON CONFLICT (scope, attempt) DO NOTHING`);
}

export interface SlotEnd extends Owner {
  attempt: string;
  /** Whether the server took the mail, or may have. */
  taken: boolean;
}

/**
 * The statements that end slots, in a transaction that began with `lockScopes`. A slot that is ended twice counts once.
 * @param now of `SendClock`
 */
export function endSlots(ends: SlotEnd[], now: number) {
  const rows = rowsOf(
    { scope: 'text', attempt: 'text', taken: 'bigint' },
    ends.flatMap((end) =>
      scopesOf(end).map((scope) => ({ scope, attempt: end.attempt, taken: end.taken ? 1 : 0 })),
    ),
  );
  return settle(
    sql`(SELECT o.scope, o.attempt, j.taken FROM ${rows}
      JOIN send_slots o ON o.scope = j.scope AND o.attempt = j.attempt) AS o`,
    now,
  );
}

/**
 * The statements that end all slots of dead processes as if their servers had taken the mails, because they may have.
 * They bring the lock with them.
 */
export function endSlotsOf(processes: string[], now: number) {
  const open = sql`(SELECT scope, attempt, 1 AS taken FROM send_slots WHERE process_id IN ${listOf(processes)}) AS o`;
  return { scopesLocked: run(lockedScopes(sql`SELECT o.scope FROM ${open}`)), ...settle(open, now) };
}

/** @param ended a table expression `o` of slots that are there: scope, attempt, taken */
function settle(ended: Sql, now: number) {
  const at = notBefore(sql`s.last_at`, now);
  return {
    sendsLogged: run(sql`INSERT INTO send_log (scope, n, at)
      SELECT o.scope, s.last_n + ROW_NUMBER() OVER (PARTITION BY o.scope ORDER BY o.attempt), ${at}
      FROM ${ended} JOIN send_scopes s ON s.scope = o.scope WHERE o.taken = 1`),
    scopesMoved: run(sql`UPDATE send_scopes AS s SET last_n = s.last_n + c.entries, last_at = ${at}
      FROM (SELECT o.scope, COUNT(*) AS entries FROM ${ended} WHERE o.taken = 1 GROUP BY o.scope) AS c
      WHERE c.scope = s.scope`),
    slotsFreed: run(sql`DELETE FROM send_slots
      WHERE (scope, attempt) IN (SELECT o.scope, o.attempt FROM ${ended})`),
  };
}
