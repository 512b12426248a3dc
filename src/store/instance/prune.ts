// Deletes old idempotency keys, logged commands, refusals, history, ended sessions, ended changes of many messages, and the
// connections of processes that have ended, in statements so small that no other write waits long.

import type { Needs } from '../context.js';
import { type Sql, sql } from '../db/sql.js';
import { run } from '../db/transaction.js';
import { rememberedMs } from '../messages/idempotency-keys.js';

const rowsAtOnce = 1000;
/** Refusals are evidence for an hour. Later they tell how many attempts at a message did not count. */
const encounterMs = 3_600_000;
/** How long the history has steps of a minute: the day that is shown, and the rest of the first step of it. */
const minutesKeptMs = 86_400_000 + 600_000;
/** How long a change of many messages is shown after its end. */
const bulkChangesMs = 7 * 86_400_000;
/** The most statements for each table. The next sweep deletes the rows that are left. */
const statementsAtMost = 20;

/** @returns how many rows were deleted */
export async function prune(ctx: Needs<'db' | 'clock' | 'config'>): Promise<number> {
  const now = ctx.clock.now();
  const keys = await deleteBefore(ctx, {
    table: sql`idempotency_keys`,
    key: sql`call`,
    time: sql`created_at`,
    before: now - rememberedMs,
  });
  const commands = await deleteBefore(ctx, {
    table: sql`command_log`,
    key: sql`id`,
    time: sql`at`,
    before: now - ctx.config.commandLogRetentionSeconds * 1000,
  });
  const sessions = await deleteBefore(ctx, {
    table: sql`dashboard_sessions`,
    key: sql`hash`,
    time: sql`expires_at`,
    before: now,
  });
  const bulkChanges = await deleteBefore(ctx, {
    table: sql`bulk_changes`,
    key: sql`id`,
    time: sql`finished_at`,
    before: now - bulkChangesMs,
  });
  const encounters = await deleteBefore(ctx, {
    table: sql`encounters`,
    key: sql`id`,
    time: sql`at`,
    before: now - Math.max(ctx.config.maxMessageAgeSeconds * 1000, encounterMs),
  });
  const history = await deleteHistory(ctx, now);
  const shares = await ctx.db.transaction({
    count: run(sql`DELETE FROM connection_shares
      WHERE NOT EXISTS (SELECT 1 FROM processes p WHERE p.id = connection_shares.process_id)`),
  });
  return keys + commands + sessions + bulkChanges + encounters + history + shares.count;
}

/** By their times, of which the rows of all tenants share one. Minutes are kept for a day at most. */
async function deleteHistory(ctx: Needs<'db' | 'config'>, now: number): Promise<number> {
  const keptMs = ctx.config.historyRetentionSeconds * 1000;
  const [key, time] = [sql`at`, sql`at`];
  const minutes = { table: sql`history_minutes`, key, time, before: now - Math.min(keptMs, minutesKeptMs) };
  const hours = { table: sql`history_hours`, key, time, before: now - keptMs };
  return (await deleteBefore(ctx, minutes)) + (await deleteBefore(ctx, hours));
}

/** Which rows of a table to delete. */
interface OldRows {
  table: Sql;
  key: Sql;
  /** An indexed column with milliseconds since the epoch. */
  time: Sql;
  before: number;
}

/** Deletes rows in the order of their times, until all are gone or the bound of statements is reached. */
async function deleteBefore(ctx: Needs<'db'>, { table, key, time, before }: OldRows): Promise<number> {
  let deleted = 0;
  for (let n = 0; n < statementsAtMost; n++) {
    const { count } = await ctx.db.transaction({
      count: run(sql`DELETE FROM ${table} WHERE ${key} IN (
        SELECT ${key} FROM ${table} WHERE ${time} <= ${before} ORDER BY ${time} LIMIT ${rowsAtOnce})`),
    });
    deleted += count;
    if (count < rowsAtOnce) break;
  }
  return deleted;
}
