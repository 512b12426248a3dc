// Stores as many messages as a long time of use leaves behind, within seconds and past the service.
import type { FreshDatabase } from './databases.js';
import { query } from './tables.js';

export interface Filling {
  /** A tenant that is there. */
  tenantId: string;
  count: number;
  /** How many were filled in before: what comes later in one database must begin where that ended. */
  from?: number;
  /** What most messages have; the rest has three or four of each, however many there are. */
  most?: 'first' | 'second';
  /** Characters of a body. */
  body?: number;
}

/** The values of which most messages have the first, or the second. */
export const accounts = ['main', 'side'] as const;
export const batches = ['spring', 'autumn'] as const;
export const ends = ['sent', 'error'] as const;

/** Followed by digits, which sort as the numbers do, it is a ULID of December 2018. */
const pkPrefix = '01D';

/** The pk of the n-th message, from 1 on. */
export function filledPk(n: number): string {
  return `${pkPrefix}${String(n).padStart(7, '0')}${'0'.repeat(16)}`;
}

/** Adds messages with an event each: every tenth is unsent, every second in a batch. */
export async function fillMessages(
  database: Pick<FreshDatabase, 'path' | 'kind'>,
  { tenantId, count, from = 0, most = 'first', body = 160 }: Filling,
): Promise<void> {
  const series =
    database.kind === 'sqlite'
      ? `WITH RECURSIVE n(i) AS (SELECT ${from + 1} UNION ALL SELECT i + 1 FROM n WHERE i < ${from + count})`
      : `WITH n(i) AS (SELECT generate_series(${from + 1}, ${from + count}))`;
  const third = Math.floor(count / 3);
  const [common, seldom] = most === 'first' ? [0, 1] : ([1, 0] as const);
  const pk = `'${pkPrefix}' || substr(CAST(10000000 + i AS TEXT), 2) || '${'0'.repeat(16)}'`;
  const open = `i % 10 = 0 AND i % ${third} <> 0`;
  const statements = [
    `INSERT INTO messages (pk, tenant_id, id, account_id, revision, priority, batch_code, status, due_at, next_sweep_at,
      sent_at, created_at, updated_at)
    ${series} SELECT ${pk}, '${tenantId}', 'filled-' || i,
      CASE WHEN i % ${third} = 1 THEN '${accounts[seldom]}' ELSE '${accounts[common]}' END, ${pk}, i % 4,
      CASE WHEN i % ${third} = 2 THEN '${batches[seldom]}' WHEN i % 2 = 0 THEN '${batches[common]}' END,
      CASE WHEN i % ${third} = 0 THEN '${ends[seldom]}' WHEN NOT (${open}) THEN '${ends[common]}'
        WHEN i % 20 = 0 THEN 'deferred' ELSE 'pending' END,
      i, CASE WHEN ${open} THEN 9000000000000 END, CASE WHEN NOT (${open}) THEN i END, i, i
    FROM n`,
    `INSERT INTO message_contents (message_pk, payload)
    ${series} SELECT ${pk}, '{"given":{"subject":"' || CAST(i AS TEXT) || '","body":"${'x'.repeat(body)}"}}' FROM n`,
    `INSERT INTO events (tenant_id, message_pk, message_id, type, at)
    ${series} SELECT '${tenantId}', ${pk}, 'filled-' || i, 'queued', i FROM n`,
  ];
  for (const statement of statements) await query(database, statement);
}
