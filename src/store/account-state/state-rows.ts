// Reads in one statement what the database knows of how accounts are doing now.
import type { Owner } from '../../domain/owner.js';
import { waitingStatuses } from '../../domain/status.js';
import { isBreakerOf } from '../accounts/breaker.js';
import { instanceRevision } from '../accounts/instance-account.js';
import type { Needs } from '../context.js';
import { join, type Sql, sql, verbatim } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';
import { accountScope, slotsTaken, tenantScope, withLimits } from '../limits/send-log.js';
import { decidingEntry, type Window, type WindowName, windows } from '../limits/window.js';
import { allBatches } from '../tenants/suspend.js';
import { newestOf, oldestOf, statusOfAccounts } from './ends-of-list.js';

type Whole = number | bigint;
type Flag = boolean | Whole;

/** Each window has its limit under its name, and with `_at` the time of its deciding entry for the next mail. */
export interface StateRow extends Record<WindowName, Whole>, Record<`${WindowName}_at`, Whole | null> {
  tenant: string;
  account: string | null;
  all_stopped: Flag;
  tenant_active: Flag;
  tenant_stopped: Flag;
  account_stopped: Whole | null;
  open_until: bigint | null;
  reason: string | null;
  smtp_code: number | null;
  failures: number | null;
  opened_at: bigint | null;
  max_connections: number | null;
  learned_connections: number | null;
  account_open: Whole;
  tenant_open: Whole;
  account_n: Whole;
  tenant_n: Whole;
  account_last: Whole;
  tenant_last: Whole;
  sending: Whole;
  oldest_due: Whole | null;
  last_sent: Whole | null;
}

type RowNeeds = Needs<'db' | 'clock' | 'config' | 'secrets'>;

/** A row of messages is of the account of a row of `j`: two conditions, so that an index answers each. */
const ofNamed = sql`messages.tenant_id = j.tenant AND messages.account_id = j.account`;
const ofDefault = sql`messages.tenant_id = j.tenant AND messages.account_id IS NULL`;

/** A mail that was accepted before others may be sent after them, but seldom after many. */
const mostSent = 10;

/** Of each status. What was accepted first is due first, unless it was deferred. */
const mostDue = 20;

/** In any order. An account that is not there has no row. */
export async function readStateRows(ctx: RowNeeds, owners: Owner[]): Promise<StateRow[]> {
  const named = owners.filter(({ accountId }) => accountId !== null);
  const unnamed = owners.filter(({ accountId }) => accountId === null);
  return [...(await read(ctx, named, ofNamed)), ...(await read(ctx, unnamed, ofDefault))];
}

async function read(ctx: RowNeeds, owners: Owner[], isOfAccount: Sql): Promise<StateRow[]> {
  if (owners.length === 0) return [];
  const table = rowsOf(
    { tenant: 'text', account: 'text' },
    owners.map(({ tenantId, accountId }) => ({ tenant: tenantId, account: accountId })),
  );
  const revision = sql`COALESCE(a.revision, ${instanceRevision(ctx)})`;
  return ctx.db.query(
    rows<StateRow>(sql`
    SELECT j.tenant, j.account, ${join(windows.map(({ name }) => verbatim(`j.${name}`)))},
      EXISTS (SELECT 1 FROM instance i WHERE i.active = false) AS all_stopped, t.active AS tenant_active,
      EXISTS (SELECT 1 FROM suspensions s WHERE s.tenant_id = j.tenant AND s.batch_code = ${allBatches}) AS tenant_stopped,
      a.suspended_at AS account_stopped, b.open_until, b.reason, b.smtp_code, b.failures, b.opened_at,
      a.max_connections, l.connections AS learned_connections,
      ${slotsTaken(accountScope)} AS account_open, ${slotsTaken(tenantScope)} AS tenant_open,
      COALESCE(sa.last_n, 0) AS account_n, COALESCE(st.last_n, 0) AS tenant_n,
      COALESCE(sa.last_at, 0) AS account_last, COALESCE(st.last_at, 0) AS tenant_last,
      ${join(windows.map(decidingColumn))},
      (SELECT COUNT(*) FROM messages WHERE ${isOfAccount}
        AND ${statusOfAccounts} = 'sending') AS sending,
      ${oldestDue(isOfAccount, ctx.clock.now())} AS oldest_due,
      (SELECT MAX(e.sent_at) FROM ${newestOf(['sent'], isOfAccount, mostSent)}) AS last_sent
    FROM ${withLimits(ctx, table)} JOIN tenants t ON t.id = j.tenant AND t.deleted_at IS NULL
    LEFT JOIN accounts a ON a.tenant_id = j.tenant AND a.id = j.account
    LEFT JOIN breakers b ON ${isBreakerOf(sql`j.tenant`, sql`j.account`, revision)}
    LEFT JOIN learned_limits l ON l.scope = ${accountScope} AND l.revision = ${revision}
    LEFT JOIN send_scopes sa ON sa.scope = ${accountScope}
    LEFT JOIN send_scopes st ON st.scope = ${tenantScope}
    WHERE j.account IS NULL OR a.id IS NOT NULL`),
  );
}

function decidingColumn(window: Window): Sql {
  const scope = window.of === 'tenant' ? tenantScope : accountScope;
  return sql`${decidingEntry(window, scope, slotsTaken(scope))} AS ${verbatim(`${window.name}_at`)}`;
}

function oldestDue(isOfAccount: Sql, now: number): Sql {
  // One that was handed in without a time has been due since it was accepted; its due_at is 0.
  const since = sql`CASE WHEN e.due_at > e.created_at THEN e.due_at ELSE e.created_at END`;
  return sql`(SELECT MIN(${since}) FROM ${oldestOf(waitingStatuses, isOfAccount, mostDue)} WHERE e.due_at <= ${now})`;
}
