// Measures how much waits at the moment: unsent messages by priority, and reports. The statements read a row for each
// tenant, however many messages there are.
import type { Needs } from '../context.js';
import { empty, join, type Sql, sql, verbatim } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { depthColumns, everyone, minuteMs, startOf } from './columns.js';
import { findProgress } from './progress.js';
import { type HistoryRow, writeRows } from './write-rows.js';

/** How much of one tenant, or of all together, waits. */
export interface Waiting {
  /** Unsent messages by priority. */
  depths: number[];
  /** The age in milliseconds of the oldest event that an application has not acknowledged; 0: there is none. */
  reportLagMs: number;
}

/** Once a minute, whichever process comes first. */
export async function sampleQueues(ctx: Needs<'db' | 'clock' | 'config'>): Promise<void> {
  const minute = startOf(ctx.clock.now(), minuteMs);
  const from = await findProgress(ctx, 'samples');
  if (from >= minute) return;
  const waiting = await measureTenants(ctx);
  const measured = [...waiting, [everyone, together([...waiting.values()])] as const];
  const found = measured.map(([tenantId, { depths, reportLagMs }]): HistoryRow => {
    const byColumn = depthColumns.map((name, priority) => [name, depths[priority] ?? 0]);
    return {
      tenantId,
      at: minute,
      values: { report_lag_ms: reportLagMs, ...Object.fromEntries(byColumn) },
    };
  });
  await writeRows(
    ctx,
    found.filter(({ values }) => Object.values(values).some((value) => value > 0)),
    {
      progress: { what: 'samples', from, to: minute },
      columns: ['report_lag_ms', ...depthColumns],
      merge: 'highest',
    },
  );
}

/** @param tenantId undefined: of all tenants together */
export async function measureWaiting(
  ctx: Needs<'db' | 'clock' | 'config'>,
  tenantId: string | undefined,
): Promise<Waiting> {
  return together([...(await measureTenants(ctx, tenantId)).values()]);
}

function together(waiting: Waiting[]): Waiting {
  return {
    depths: depthColumns.map((_, priority) =>
      waiting.reduce((sum, one) => sum + (one.depths[priority] ?? 0), 0),
    ),
    reportLagMs: Math.max(0, ...waiting.map((one) => one.reportLagMs)),
  };
}

type Row = { id: string; oldest: bigint | null } & Record<
  (typeof depthColumns)[number],
  bigint | number | null
>;

/** By the tenants' ids. */
async function measureTenants(
  ctx: Needs<'db' | 'clock' | 'config'>,
  tenantId?: string,
): Promise<Map<string, Waiting>> {
  const now = ctx.clock.now();
  const sums = depthColumns.map((name, n) => sql`SUM(${verbatim(`u.queued_${n}`)}) AS ${verbatim(name)}`);
  const only = tenantId === undefined ? empty : sql`AND t.id = ${tenantId}`;
  const found = await ctx.db.query(
    rows<Row>(sql`SELECT t.id AS id, ${oldestUnreported(ctx)} AS oldest, ${join(sums)}
      FROM tenants t LEFT JOIN tenant_usage u ON u.tenant_id = t.id
      WHERE t.deleted_at IS NULL ${only} GROUP BY t.id`),
  );
  return new Map(
    found.map(({ id, oldest, ...row }) => [
      id,
      {
        depths: depthColumns.map((name) => Math.max(0, Number(row[name] ?? 0))),
        reportLagMs: oldest === null ? 0 : Math.max(0, now - Number(oldest)),
      },
    ]),
  );
}

/** Of a row `t` of tenants: when the oldest event happened that is still to be reported; NULL: none, or to nobody. */
function oldestUnreported({ config }: Needs<'config'>): Sql {
  const toAll = config.clientSyncUrl !== undefined || config.reportHandler !== undefined;
  const hasEndpoint = toAll ? sql`true` : sql`t.client_base_url IS NOT NULL`;
  return sql`CASE WHEN ${hasEndpoint} THEN (SELECT e.at FROM events e
    WHERE e.tenant_id = t.id AND e.reported_at IS NULL AND e.type <> 'queued' ORDER BY e.id LIMIT 1) END`;
}
