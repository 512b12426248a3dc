// Pages of accounts in the order of tenant and account: all of them, or those that something holds back.
import type { Owner } from '../../domain/owner.js';
import { openStatuses } from '../../domain/status.js';
import { isBreakerOf } from '../accounts/breaker.js';
import { instanceRevision } from '../accounts/instance-account.js';
import type { Needs } from '../context.js';
import { empty, join, type Sql, sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { accountScope, slotsTaken, tenantScope, withLimits } from '../limits/send-log.js';
import { hasRoom, type Window, windows } from '../limits/window.js';
import { allBatches } from '../tenants/suspend.js';
import { statusOfAccounts } from './ends-of-list.js';

export const conditions = ['suspended', 'breaker', 'limited', 'waiting'] as const;
export type Condition = (typeof conditions)[number];

interface OwnersAsked {
  /** Undefined: of all tenants. */
  tenantId: string | undefined;
  only: Condition | undefined;
  limit: number;
  /** The owner after which the page begins. */
  after: Owner | undefined;
}

type ListNeeds = Needs<'db' | 'clock' | 'config' | 'secrets' | 'sendClock'>;

/** A tenant without accounts has the installation's, if there is one. @returns one more than `limit` if there are more */
export async function listOwners(ctx: ListNeeds, asked: OwnersAsked): Promise<Owner[]> {
  const { tenantId, only, limit, after } = asked;
  const account = sql`COALESCE(j.account, '')`;
  const found = await ctx.db.query(
    rows<{ tenant: string; account: string | null }>(sql`
      SELECT j.tenant, j.account FROM ${only === 'limited' ? withLimits(ctx, everyOwner(ctx)) : everyOwner(ctx)}
      WHERE ${tenantId === undefined ? sql`true` : sql`j.tenant = ${tenantId}`}
        ${after === undefined ? empty : sql`AND (j.tenant, ${account}) > (${after.tenantId}, ${after.accountId ?? ''})`}
        ${only === undefined ? empty : sql`AND (${conditionOf(ctx, only)})`}
      ORDER BY j.tenant, ${account} LIMIT ${limit + 1}`),
  );
  return found.map(({ tenant, account: accountId }) => ({ tenantId: tenant, accountId }));
}

function everyOwner(ctx: ListNeeds): Sql {
  const withDefault = sql`UNION ALL SELECT t.id, NULL, NULL FROM tenants t
    WHERE t.deleted_at IS NULL AND t.default_account IS NULL`;
  return sql`(SELECT a.tenant_id AS tenant, a.id AS account, a.revision AS revision
    FROM accounts a JOIN tenants t ON t.id = a.tenant_id AND t.deleted_at IS NULL
    ${ctx.config.smtpHost === undefined ? empty : withDefault}) AS j`;
}

function conditionOf(ctx: ListNeeds, only: Condition): Sql {
  switch (only) {
    case 'suspended':
      return sql`EXISTS (SELECT 1 FROM instance i WHERE i.active = false)
        OR EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant AND t.active = false)
        OR EXISTS (SELECT 1 FROM suspensions s WHERE s.tenant_id = j.tenant AND s.batch_code = ${allBatches})
        OR EXISTS (SELECT 1 FROM accounts a WHERE a.tenant_id = j.tenant AND a.id = j.account AND a.suspended_at IS NOT NULL)`;
    case 'breaker': {
      const revision = sql`COALESCE(j.revision, ${instanceRevision(ctx)})`;
      return sql`EXISTS (SELECT 1 FROM breakers b WHERE ${isBreakerOf(sql`j.tenant`, sql`j.account`, revision)}
        AND (b.failures > 0 OR b.open_until > ${ctx.clock.now()}))`;
    }
    case 'limited':
      return sql`NOT (${join(
        windows.map((window) => hasRoom(window, nextIn(window), ctx.sendClock())),
        ' AND ',
      )})`;
    case 'waiting':
      return join(
        [sql`messages.account_id = j.account`, sql`j.account IS NULL AND messages.account_id IS NULL`].map(
          hasUnsent,
        ),
        ' OR ',
      );
  }
}

/** For each status a look at the index. PostgreSQL would turn EXISTS into reading all messages that have the status. */
function hasUnsent(isOfAccount: Sql): Sql {
  const first = openStatuses.map(
    (status) => sql`(SELECT 1 FROM messages WHERE messages.tenant_id = j.tenant AND ${isOfAccount}
      AND ${statusOfAccounts} = ${status} LIMIT 1) IS NOT NULL`,
  );
  return join(first, ' OR ');
}

/** The state of a window for one more mail. */
function nextIn({ of }: Window) {
  const scope = of === 'tenant' ? tenantScope : accountScope;
  const newest = (column: Sql) =>
    sql`COALESCE((SELECT s.${column} FROM send_scopes s WHERE s.scope = ${scope}), 0)`;
  return {
    scope,
    lastN: newest(sql`last_n`),
    lastAt: newest(sql`last_at`),
    wanted: sql`${slotsTaken(scope)} + 1`,
  };
}
