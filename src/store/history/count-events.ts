// Adds up events for the history, each once. They are read in the order of their ids, from where the last run ended, so
// that a service that was down catches up.
import { latencyRanges } from '../../domain/latency.js';
import type { Needs } from '../context.js';
import { join, type Sql, sql, verbatim } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { findSettled } from '../events/settled-events.js';
import { counted, countedTypes, everyone, latencyColumns, minuteMs } from './columns.js';
import { findProgress } from './progress.js';
import { type HistoryRow, mergeRows, writeRows } from './write-rows.js';

/** On SQLite the statement of a page blocks the process, for some 10 ms. */
const pageSize = 5000;

const columns = [...counted, ...latencyColumns];

/** @returns whether there are more events to count */
export async function countEvents(ctx: Needs<'db' | 'clock'>): Promise<boolean> {
  const from = await findProgress(ctx, 'events');
  const settled = await findSettled(ctx);
  const [page] = await ctx.db.query(
    rows<{
      n: bigint | number;
      last: bigint | number | null;
    }>(sql`SELECT COUNT(*) AS n, MAX(id) AS last FROM (
      SELECT id FROM events WHERE id > ${from} AND id <= ${settled} ORDER BY id LIMIT ${pageSize}) AS s`),
  );
  if (page?.last == null) return false;
  const to = Number(page.last);
  const ofTenants = await addUp(ctx, from, to);
  const ofAll = mergeRows(
    ofTenants.map((row) => ({ ...row, tenantId: everyone })),
    minuteMs,
    'add',
  );
  const progress = { what: 'events', from, to } as const;
  const isDone = await writeRows(ctx, [...ofTenants, ...ofAll], { progress, columns, merge: 'add' });
  // Another process that was there first goes on.
  return isDone && Number(page.n) === pageSize;
}

/** What the events with these ids add up to, by tenant and minute. */
async function addUp(ctx: Needs<'db' | 'clock'>, from: number, to: number): Promise<HistoryRow[]> {
  const sums = [
    ...counted.map((name) => sum(name, sql`e.type = ${countedTypes[name]}`)),
    ...latencyRanges.map(({ least, below }, n) =>
      sum(
        `latency_${n}`,
        below === undefined ? sql`e.took >= ${least}` : sql`e.took >= ${least} AND e.took < ${below}`,
      ),
    ),
  ];
  const found = await ctx.db.query(
    rows<Record<string, number | bigint> & { tenant: string }>(sql`
      SELECT e.tenant_id AS tenant, e.at / ${minuteMs} AS minute, ${join(sums)}
      FROM (SELECT tenant_id, type, ${notAfter(ctx.clock.now())} AS at, ${took} AS took
        FROM events WHERE id > ${from} AND id <= ${to} AND type IN (${join(Object.values(countedTypes))})) AS e
      GROUP BY 1, 2`),
  );
  return found.map(({ tenant, minute, ...values }) => ({
    tenantId: tenant,
    at: Number(minute) * minuteMs,
    values: Object.fromEntries(Object.entries(values).map(([name, n]) => [name, Number(n)])),
  }));
}

function sum(name: string, condition: Sql): Sql {
  return sql`SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END) AS ${verbatim(name)}`;
}

/** The time of a bounce is what its mail server says. */
function notAfter(now: number): Sql {
  return sql`CASE WHEN at > ${now} THEN ${now} ELSE at END`;
}

/** From the acceptance of what was sent, which the last event `queued` before tells; 0 where a clock was set back. */
const took = sql`CASE WHEN type = 'sent' THEN (SELECT CASE WHEN events.at > q.at THEN events.at - q.at ELSE 0 END
  FROM events q WHERE q.message_pk = events.message_pk AND q.id < events.id AND q.type = 'queued'
  ORDER BY q.id DESC LIMIT 1) END`;
