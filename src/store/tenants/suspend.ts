// Stops and starts the sending of a tenant's messages, of one batch of them, or of everything.
import type { Needs } from '../context.js';
import type { Client } from '../db/open.js';
import { Prisma } from '../generated/sqlite/client.js';
import { addActivation } from '../schedule/activations.js';

/** Stands for all batches. */
export const allBatches = '*';

/** Nothing that the message belongs to is stopped. */
export const notSuspended = Prisma.sql`
  NOT EXISTS (SELECT 1 FROM instance i WHERE i.active = false)
  AND NOT EXISTS (SELECT 1 FROM suspensions s
    WHERE s.tenant_id = messages.tenant_id AND (s.batch_code = ${allBatches} OR s.batch_code = messages.batch_code))`;

/** Any number that nobody else locks in this database, for claims and changes of what is stopped: "mailstop". */
const lockNumber = 7881692268099465072n;

/**
 * The first statement of a transaction that begins attempts or puts aside what is suspended (shared), or that stops or
 * starts something (alone): when the latter is through, none of the former is still under way that did not see it.
 * SQLite writes one after the other anyway.
 */
export function lockSuspensions(
  ctx: Needs<'db'>,
  client: Client,
  mode: 'shared' | 'alone',
): Prisma.PrismaPromise<unknown>[] {
  if (ctx.db.kind === 'sqlite') return [];
  // A cast, because a function of type void cannot be read.
  return mode === 'alone'
    ? [client.$queryRaw`SELECT CAST(pg_advisory_xact_lock(${lockNumber}) AS TEXT)`]
    : [client.$queryRaw`SELECT CAST(pg_advisory_xact_lock_shared(${lockNumber}) AS TEXT)`];
}

/** The batches a tenant has stopped, or `*`; undefined when there is no such tenant. */
export async function suspendedBatches(ctx: Needs<'db'>, tenantId: string): Promise<string[] | undefined> {
  const tenant = await ctx.db.read.tenant.findUnique({
    where: { id: tenantId },
    select: { suspensions: { orderBy: { batchCode: 'asc' } } },
  });
  const codes = tenant?.suspensions.map(({ batchCode }) => batchCode);
  return codes?.includes(allBatches) ? [allBatches] : codes;
}

/** When this resolves, no message of the tenant, or of the batch, begins to be sent in any process. */
export async function suspend(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string,
  batchCode: string,
): Promise<void> {
  const now = BigInt(ctx.clock.now());
  await ctx.db.write((client) => [
    ...lockSuspensions(ctx, client, 'alone'),
    client.$executeRaw`INSERT INTO suspensions (tenant_id, batch_code, created_at)
      SELECT t.id, ${batchCode}, ${now} FROM tenants t WHERE t.id = ${tenantId} ON CONFLICT (tenant_id, batch_code) DO NOTHING`,
  ]);
}

/** Lets the tenant's messages, or those of one batch, be sent again; the next sweep puts them back on their queues. */
export async function activate(ctx: Needs<'db'>, tenantId: string, batchCode: string): Promise<void> {
  const ofBatch = batchCode === allBatches ? {} : { batchCode };
  await ctx.db.write((client) => [
    ...lockSuspensions(ctx, client, 'alone'),
    client.suspension.deleteMany({ where: { tenantId, ...ofBatch } }),
    ...addActivation(client, { tenantId, batchCode: ofBatch.batchCode ?? null }),
  ]);
}

export async function isActive(ctx: Needs<'db'>): Promise<boolean> {
  return (await ctx.db.read.instance.findUnique({ where: { id: 1 } }))?.active ?? false;
}

/** Stops or starts everything, in every process; the next sweep puts what was stopped back on its queues. */
export async function setActive(ctx: Needs<'db'>, active: boolean): Promise<void> {
  await ctx.db.write((client) => [
    ...lockSuspensions(ctx, client, 'alone'),
    client.instance.updateMany({ where: { id: 1 }, data: { active } }),
    ...(active ? addActivation(client, { tenantId: null, batchCode: null }) : []),
  ]);
}
