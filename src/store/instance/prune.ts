// Deletes old idempotency keys and logged commands, in statements so small that no other write waits long.
import type { Needs } from '../context.js';
import { Prisma } from '../generated/sqlite/client.js';
import { rememberedMs } from '../messages/idempotency.js';

const rowsAtOnce = 1000;
/** The next sweep deletes what is left after that many statements. */
const statementsAtMost = 20;

/** @returns how many rows were deleted */
export async function prune(ctx: Needs<'db' | 'clock' | 'config'>): Promise<number> {
  const now = ctx.clock.now();
  const keys = await deleteBefore(ctx, {
    table: Prisma.sql`idempotency_keys`,
    key: Prisma.sql`call`,
    time: Prisma.sql`created_at`,
    before: now - rememberedMs,
  });
  const commands = await deleteBefore(ctx, {
    table: Prisma.sql`command_log`,
    key: Prisma.sql`id`,
    time: Prisma.sql`at`,
    before: now - ctx.config.commandLogRetentionSeconds * 1000,
  });
  return keys + commands;
}

/** Which rows of a table to delete. */
interface OldRows {
  table: Prisma.Sql;
  key: Prisma.Sql;
  /** An indexed column with milliseconds since the epoch. */
  time: Prisma.Sql;
  before: number;
}

async function deleteBefore(ctx: Needs<'db'>, { table, key, time, before }: OldRows): Promise<number> {
  let deleted = 0;
  for (let n = 0; n < statementsAtMost; n++) {
    const [count] = await ctx.db.write<[number]>((client) => [
      client.$executeRaw`DELETE FROM ${table} WHERE ${key} IN (
        SELECT ${key} FROM ${table} WHERE ${time} <= CAST(${before} AS BIGINT) ORDER BY ${time} LIMIT ${rowsAtOnce})`,
    ]);
    deleted += count;
    if (count < rowsAtOnce) break;
  }
  return deleted;
}
