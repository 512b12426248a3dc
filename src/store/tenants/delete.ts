// Deletes tenants: at once for every caller and for sending, and from the tables a few rows at a time.
import type { Needs } from '../context.js';
import { type Sql, sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { forgetSends, oldestSends } from '../limits/forget-sends.js';
import { type Found, inSteps, pace } from '../messages/clean-up.js';
import { allBatches, suspensionLock } from './suspend.js';

/** How long a call waits for the removal. A tenant with a few thousand messages is gone within it, and its id is free. */
const withinMs = 1000;

const pageSize = 500;

const historyTables = [sql`history_minutes`, sql`history_hours`];

/**
 * Once this resolves, no process begins to send a message of the tenant, its tokens are refused, and nobody sees it.
 * Its row, and with it its id, stays until everything else is removed: `removeDeleted` goes on with that.
 * @returns false when there is no such tenant
 */
export async function deleteTenant(ctx: Needs<'db' | 'clock'>, id: string): Promise<boolean> {
  const now = ctx.clock.now();
  const { deleted } = await ctx.db.transaction({
    lock: run(suspensionLock('alone')),
    deleted: run(sql`UPDATE tenants SET deleted_at = ${now}, active = false, client_base_url = NULL
      WHERE id = ${id} AND deleted_at IS NULL`),
    suspended: run(sql`INSERT INTO suspensions (tenant_id, batch_code, created_at)
      SELECT t.id, ${allBatches}, ${now} FROM tenants t WHERE t.id = ${id} AND t.deleted_at = ${now}
      ON CONFLICT (tenant_id, batch_code) DO NOTHING`),
    tokens: run(sql`DELETE FROM tenant_tokens WHERE tenant_id IN
      (SELECT t.id FROM tenants t WHERE t.id = ${id} AND t.deleted_at IS NOT NULL)`),
  });
  if (deleted === 0) return false;
  await removeTenant(ctx, id, AbortSignal.timeout(withinMs));
  return true;
}

/** Whether there is such a tenant. One that was deleted and is still being removed is none. */
export async function isTenant(ctx: Needs<'db'>, id: string): Promise<boolean> {
  return (await ctx.db.read.tenant.count({ where: { id, deletedAt: null } })) > 0;
}

/** Goes on with the removal of deleted tenants. @returns whether nothing is left to be removed */
export async function removeDeleted(ctx: Needs<'db' | 'clock'>, stop: AbortSignal): Promise<boolean> {
  const where = { deletedAt: { not: null } };
  const tenants = await ctx.db.read.tenant.findMany({ where, select: { id: true } });
  for (const { id } of tenants) if (!(await removeTenant(ctx, id, stop))) return false;
  return true;
}

/**
 * Messages are removed a page at a time, with pauses in which everything else goes on. What is counted for the tenant
 * needs no update here, because its row goes last.
 * @param stop ends the removal between two statements; a later call goes on
 * @returns whether the tenant is gone
 */
async function removeTenant(ctx: Needs<'db' | 'clock'>, id: string, stop: AbortSignal): Promise<boolean> {
  const paced = pace(ctx.clock, stop);
  const changed = async (statement: Sql) =>
    (await paced(() => ctx.db.transaction({ changed: run(statement) }))).changed;
  const removeAll = async (statements: Sql[]) => {
    for (const statement of statements) while ((await changed(statement)) > 0) if (stop.aborted) return false;
    return !stop.aborted;
  };
  // Before the messages, because one message may have come back any number of times.
  if (!(await removeAll([someBounces(sql`tenant_id = ${id}`)]))) return false;
  for (let found = pageSize; found === pageSize; ) {
    const page = await paced(() => ctx.db.query(nextMessages(id)));
    for (const pks of inSteps(page)) {
      if (stop.aborted) return false;
      const named = rowsOf(
        { pk: 'text' },
        pks.map((pk) => ({ pk })),
      );
      await changed(sql`DELETE FROM messages WHERE pk IN (SELECT j.pk FROM ${named})`);
    }
    found = page.length;
  }
  const rest = [
    oldestSends(id, pageSize),
    someAccounts(id),
    someSuppressions(id),
    someKeys(id),
    ...historyTables.map((table) => someHistory(table, id)),
  ];
  if (!(await removeAll([...rest, someBounces(sql`mailbox_tenant = ${id}`)]))) return false;
  // What calls under way have added meanwhile goes with the tenant.
  await ctx.db.transaction({
    deleted: run(sql`DELETE FROM tenants WHERE id = ${id} AND deleted_at IS NOT NULL`),
    bounces: run(sql`DELETE FROM bounces WHERE mailbox_tenant = ${id}`),
    idempotencyKeys: run(sql`DELETE FROM idempotency_keys WHERE caller = ${id}`),
    minutes: run(sql`DELETE FROM history_minutes WHERE tenant_id = ${id}`),
    hours: run(sql`DELETE FROM history_hours WHERE tenant_id = ${id}`),
    ...forgetSends(id),
  });
  return true;
}

function nextMessages(id: string) {
  return rows<Found>(sql`SELECT pk, attempts,
    (SELECT octet_length(c.payload) FROM message_contents c WHERE c.message_pk = messages.pk) AS bytes
    FROM messages WHERE tenant_id = ${id} LIMIT ${pageSize}`);
}

function someBounces(condition: Sql): Sql {
  return sql`DELETE FROM bounces WHERE id IN (SELECT b.id FROM bounces b WHERE ${condition} LIMIT ${pageSize})`;
}

/** A key may hold what its call was answered for thousands of messages. */
function someKeys(id: string): Sql {
  return sql`DELETE FROM idempotency_keys WHERE caller = ${id}
    AND key IN (SELECT k.key FROM idempotency_keys k WHERE k.caller = ${id} LIMIT ${pageSize / 10})`;
}

function someSuppressions(id: string): Sql {
  return sql`DELETE FROM suppressions WHERE tenant_id = ${id}
    AND hash IN (SELECT s.hash FROM suppressions s WHERE s.tenant_id = ${id} LIMIT ${pageSize})`;
}

function someAccounts(id: string): Sql {
  return sql`DELETE FROM accounts WHERE tenant_id = ${id}
    AND id IN (SELECT a.id FROM accounts a WHERE a.tenant_id = ${id} LIMIT ${pageSize})`;
}

function someHistory(table: Sql, id: string): Sql {
  return sql`DELETE FROM ${table} WHERE tenant_id = ${id}
    AND at IN (SELECT h.at FROM ${table} h WHERE h.tenant_id = ${id} LIMIT ${pageSize})`;
}
