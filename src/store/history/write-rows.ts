// Writes rows of the history if, and only if, the same transaction moves the progress: so nothing counts twice, however many
// processes write and wherever one of them is killed.
import { randomUUID } from 'node:crypto';
import type { Needs } from '../context.js';
import { join, type Sql, sql, verbatim } from '../db/sql.js';
import { onPostgres, rowsOf } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';
import { everyone, historyTables, startOf } from './columns.js';

/** Values by column, for the step that begins at `at`. */
export interface HistoryRow {
  tenantId: string;
  at: number;
  values: Record<string, number>;
}

interface Writing {
  /** What the rows are made of, after which event or minute, and up to which. */
  progress: { what: 'events' | 'samples'; from: number; to: number };
  columns: readonly string[];
  /** Whether the values are added to those of a row that is there, or the higher one stays. */
  merge: 'add' | 'highest';
}

/** @returns false when another process was there first, so that nothing was changed */
export async function writeRows(ctx: Needs<'db'>, rows: HistoryRow[], writing: Writing): Promise<boolean> {
  const { what, from, to } = writing.progress;
  const runId = randomUUID();
  const [minutes, hours] = historyTables.map(({ name, stepMs }) =>
    run(upsert(name, mergeRows(rows, stepMs, writing.merge), { ...writing, runId })),
  );
  const { moved } = await ctx.db.transaction({
    moved: run(sql`INSERT INTO history_progress (what, up_to, run) VALUES (${what}, ${to}, ${runId})
      ON CONFLICT (what) DO UPDATE SET up_to = excluded.up_to, run = excluded.run
      WHERE history_progress.up_to = ${from}`),
    ...(rows.length > 0 && { lock: run(lockTenants(rows)), minutes, hours }),
  });
  return moved > 0;
}

/** No tenant is deleted between the look for it and its rows. SQLite has one writer at a time. */
function lockTenants(rows: HistoryRow[]): Sql {
  const ids = [...new Set(rows.map(({ tenantId }) => tenantId))].map((id) => ({ id }));
  return onPostgres(sql`SELECT 1 FROM tenants t WHERE t.id IN (SELECT j.id FROM ${rowsOf({ id: 'text' }, ids)})
    ORDER BY t.id FOR KEY SHARE`);
}

/** One row for each tenant and step. */
export function mergeRows(rows: HistoryRow[], stepMs: number, merge: Writing['merge']): HistoryRow[] {
  const merged = new Map<string, HistoryRow>();
  for (const { tenantId, at: time, values } of rows) {
    const at = startOf(time, stepMs);
    const row = merged.get(`${tenantId} ${at}`) ?? { tenantId, at, values: {} };
    for (const [column, value] of Object.entries(values)) {
      const before = row.values[column] ?? 0;
      row.values[column] = merge === 'add' ? before + value : Math.max(before, value);
    }
    merged.set(`${tenantId} ${at}`, row);
  }
  return [...merged.values()];
}

/** The rows come in one order, so that two transactions do not wait for each other. A deleted tenant gets none. */
function upsert(
  table: Sql,
  rows: HistoryRow[],
  { columns, merge, runId }: Pick<Writing, 'columns' | 'merge'> & { runId: string },
): Sql {
  const types = Object.fromEntries(columns.map((name) => [name, 'bigint' as const]));
  const given = rowsOf(
    { tenant_id: 'text', at: 'bigint', ...types },
    rows.map(({ tenantId, at, values }) => ({
      tenant_id: tenantId,
      at,
      ...Object.fromEntries(columns.map((name) => [name, values[name] ?? 0])),
    })),
  );
  const names = join(columns.map(verbatim));
  const merged = columns.map((name) => {
    const [column, old, fresh] = [
      verbatim(name),
      sql`${table}.${verbatim(name)}`,
      sql`excluded.${verbatim(name)}`,
    ];
    if (merge === 'add') return sql`${column} = ${old} + ${fresh}`;
    return sql`${column} = CASE WHEN ${old} > ${fresh} THEN ${old} ELSE ${fresh} END`;
  });
  return sql`INSERT INTO ${table} (tenant_id, at, ${names}) SELECT j.tenant_id, j.at, ${names} FROM ${given}
    WHERE EXISTS (SELECT 1 FROM history_progress p WHERE p.run = ${runId})
      AND (j.tenant_id = ${everyone} OR EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant_id))
    ORDER BY j.tenant_id, j.at
    ON CONFLICT (tenant_id, at) DO UPDATE SET ${join(merged)}`;
}
