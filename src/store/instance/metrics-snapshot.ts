// A snapshot of accounts, queues and reports for the metrics: one statement each, over small indexes.

import type { MetricsSnapshot } from '../../metrics-snapshot.js';
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';

/** All tenants with the ids of their accounts. */
export async function snapshotAccounts(ctx: Needs<'db'>): Promise<MetricsSnapshot['tenants']> {
  const found = await ctx.db.query(
    rows<{ id: string; name: string | null; account_id: string | null }>(sql`
      SELECT t.id AS id, t.name AS name, a.id AS account_id
      FROM tenants t LEFT JOIN accounts a ON a.tenant_id = t.id
      WHERE t.deleted_at IS NULL ORDER BY t.id, a.id`),
  );
  const tenants = new Map<string, MetricsSnapshot['tenants'][number]>();
  for (const { id, name, account_id } of found) {
    const tenant = tenants.get(id) ?? { id, name, accountIds: [] };
    if (account_id !== null) tenant.accountIds.push(account_id);
    tenants.set(id, tenant);
  }
  return [...tenants.values()];
}

/** PostgreSQL counts in bigint, SQLite in number. */
interface QueueRow {
  tenant_id: string;
  account_id: string | null;
  priority: number;
  n: bigint | number;
}

/** How many unsent messages each account has, by priority. Reads only the index of unsent messages. */
export async function snapshotQueues(ctx: Needs<'db'>): Promise<MetricsSnapshot['depths']> {
  const found = await ctx.db.query(
    rows<QueueRow>(sql`
      SELECT tenant_id, account_id, priority, COUNT(*) AS n FROM messages
      WHERE next_sweep_at >= 0 GROUP BY tenant_id, account_id, priority`),
  );
  return found.map((row) => ({
    tenantId: row.tenant_id,
    accountId: row.account_id,
    priority: row.priority,
    count: Number(row.n),
  }));
}

/** For each tenant with an endpoint: how long its oldest unreported event has been waiting, and whether reports break off. */
export async function snapshotReports(ctx: Needs<'db' | 'clock'>): Promise<MetricsSnapshot['reports']> {
  const now = ctx.clock.now();
  const found = await ctx.db.query(
    rows<{ id: string; fault: string | null; oldest: bigint | null }>(sql`
      SELECT t.id AS id, t.report_fault AS fault, (SELECT e.at FROM events e
        WHERE e.tenant_id = t.id AND e.reported_at IS NULL AND e.type <> 'queued' ORDER BY e.id LIMIT 1) AS oldest
      FROM tenants t WHERE t.client_base_url IS NOT NULL OR t.report_fault IS NOT NULL`),
  );
  return found.map(({ id, fault, oldest }) => ({
    tenantId: id,
    isBroken: fault !== null,
    lagMs: oldest === null ? 0 : Math.max(0, now - Number(oldest)),
  }));
}
