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

interface SumRow {
  tenant: string;
  minute: bigint | number;
  type: string;
  /** Of what was sent. */
  latency_class: bigint | number | null;
  n: bigint | number;
}

/** What the events with these ids add up to, by tenant and minute. */
async function addUp(ctx: Needs<'db' | 'clock'>, from: number, to: number): Promise<HistoryRow[]> {
  const found = await ctx.db.query(
    rows<SumRow>(sql`
      SELECT tenant_id AS tenant, ${notAfter(ctx.clock.now())} / ${minuteMs} AS minute, type,
        CASE WHEN type = 'sent' THEN ${latencyClass} END AS latency_class, COUNT(*) AS n
      FROM events WHERE id > ${from} AND id <= ${to} AND type IN (${join(Object.values(countedTypes))})
      GROUP BY 1, 2, 3, 4`),
  );
  const sums = found.map(({ tenant, minute, type, latency_class, n }) => ({
    tenantId: tenant,
    at: Number(minute) * minuteMs,
    values: {
      [columnOfType.get(type) ?? '']: Number(n),
      ...(latency_class !== null && { [latencyColumns[Number(latency_class)] ?? '']: Number(n) }),
    },
  }));
  return mergeRows(sums, minuteMs, 'add');
}

const columnOfType = new Map<string, string>(counted.map((name) => [countedTypes[name], name]));

/** The time of a bounce is what its mail server says. */
function notAfter(now: number): Sql {
  return sql`CASE WHEN at > ${now} THEN ${now} ELSE at END`;
}

/** By the time since the message was accepted, which the last event `queued` before tells. */
const latencyClass = sql`(SELECT ${classOf(sql`events.at - q.at`)} FROM events q
  WHERE q.message_pk = events.message_pk AND q.id < events.id AND q.type = 'queued' ORDER BY q.id DESC LIMIT 1)`;

function classOf(ms: Sql): Sql {
  const classes = latencyRanges.map(({ below }, n) =>
    below === undefined
      ? sql`ELSE ${verbatim(String(n))}`
      : sql`WHEN ${ms} < ${verbatim(String(below))} THEN ${verbatim(String(n))}`,
  );
  return sql`CASE ${join(classes, ' ')} END`;
}
