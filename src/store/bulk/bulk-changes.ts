// The rows of changes of many messages: begun, shown, moved on page by page, and ended.
import { randomUUID } from 'node:crypto';
import type { BulkAction, Selection } from '../../domain/bulk-change.js';
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { run } from '../db/transaction.js';
import type { BulkChange as Row } from '../generated/sqlite/client.js';

/** Changes of one tenant that wait or run at once. */
const mostRunning = 20;

interface NewBulkChange {
  tenantId: string;
  action: BulkAction;
  /** Of `prioritize`. */
  priority: number | null;
  selection: Selection;
}

export interface BulkChange extends NewBulkChange {
  id: string;
  state: 'running' | 'done' | 'stopped' | 'failed';
  cursor: string;
  examined: number;
  changed: number;
  error: string | null;
  createdAt: number;
  finishedAt: number | null;
}

/** @returns undefined when as many changes of the tenant are running as may, or the tenant is gone */
export async function beginBulkChange(
  ctx: Needs<'db' | 'clock'>,
  { tenantId, action, priority, selection }: NewBulkChange,
): Promise<BulkChange | undefined> {
  const id = randomUUID();
  await ctx.db.transaction({
    begun: run(sql`INSERT INTO bulk_changes (id, tenant_id, action, priority, selection, created_at)
      SELECT ${id}, t.id, ${action}, ${priority}, ${JSON.stringify(selection)}, ${ctx.clock.now()} FROM tenants t
      WHERE t.id = ${tenantId} AND t.deleted_at IS NULL AND (SELECT COUNT(*) FROM bulk_changes b
        WHERE b.tenant_id = t.id AND b.state = 'running') < ${mostRunning}`),
  });
  return findBulkChange(ctx, tenantId, id);
}

export async function findBulkChange(
  ctx: Needs<'db'>,
  tenantId: string,
  id: string,
): Promise<BulkChange | undefined> {
  const row = await ctx.db.read.bulkChange.findFirst({ where: { id, tenantId } });
  return row === null ? undefined : toBulkChange(row);
}

/** The newest first. */
export async function listBulkChanges(
  ctx: Needs<'db'>,
  tenantId: string,
  most: number,
): Promise<BulkChange[]> {
  const newest = { orderBy: { createdAt: 'desc' }, take: most } as const;
  return (await ctx.db.read.bulkChange.findMany({ where: { tenantId }, ...newest })).map(toBulkChange);
}

/** The oldest first. */
export async function findRunning(ctx: Needs<'db'>): Promise<BulkChange[]> {
  const oldest = { orderBy: { createdAt: 'asc' }, take: 1000 } as const;
  return (await ctx.db.read.bulkChange.findMany({ where: { state: 'running' }, ...oldest })).map(
    toBulkChange,
  );
}

interface Step {
  /** Where the next page begins; undefined: this was the last one. */
  cursor: string | undefined;
  examined: number;
  changed: number;
}

/** Writes a page down. Does nothing where another process has done so, or the change was stopped meanwhile. */
export async function moveOn(
  ctx: Needs<'db' | 'clock'>,
  { id, cursor }: Pick<BulkChange, 'id' | 'cursor'>,
  { cursor: next, examined, changed }: Step,
): Promise<void> {
  const isDone = next === undefined;
  await ctx.db.transaction({
    moved: run(sql`UPDATE bulk_changes SET cursor = ${next ?? cursor}, examined = examined + ${examined},
        changed = changed + ${changed}, state = ${isDone ? 'done' : 'running'},
        finished_at = ${isDone ? ctx.clock.now() : null}
      WHERE id = ${id} AND cursor = ${cursor} AND state = 'running'`),
  });
}

/** @param error why it failed; absent: somebody stopped it */
export async function endBulkChange(ctx: Needs<'db' | 'clock'>, id: string, error?: string): Promise<void> {
  await ctx.db.transaction({
    ended: run(sql`UPDATE bulk_changes SET state = ${error === undefined ? 'stopped' : 'failed'},
        error = ${error ?? null}, finished_at = ${ctx.clock.now()}
      WHERE id = ${id} AND state = 'running'`),
  });
}

function toBulkChange({ selection, action, state, createdAt, finishedAt, ...row }: Row): BulkChange {
  return {
    ...row,
    action: action as BulkAction,
    state: state as BulkChange['state'],
    selection: JSON.parse(selection) as Selection,
    createdAt: Number(createdAt),
    finishedAt: finishedAt === null ? null : Number(finishedAt),
  };
}
