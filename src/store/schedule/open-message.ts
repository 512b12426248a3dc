// An unsent message as the sweep and activation hand it to the queue.
import { sql } from '../db/sql.js';

export interface OpenMessage {
  pk: string;
  revision: string;
  tenantId: string;
  accountId: string | null;
  priority: number;
  attempts: number;
  dueAt: number;
  /** When the sweep checks it next, in milliseconds since the epoch. */
  nextSweepAt: number;
}

export interface OpenRow {
  pk: string;
  revision: string;
  tenant_id: string;
  account_id: string | null;
  priority: number;
  attempts: number;
  due_at: bigint;
  next_sweep_at: bigint;
}

/** The columns of an OpenRow, for RETURNING. */
export const openColumns = sql`pk, revision, tenant_id, account_id, priority, attempts, due_at, next_sweep_at`;

export function toOpen(row: OpenRow): OpenMessage {
  return {
    pk: row.pk,
    revision: row.revision,
    tenantId: row.tenant_id,
    accountId: row.account_id,
    priority: row.priority,
    attempts: row.attempts,
    dueAt: Number(row.due_at),
    nextSweepAt: Number(row.next_sweep_at),
  };
}
