// Suspends and activates the sending of a tenant, of one batch of a tenant, or of everything.
import type { Needs } from '../context.js';
import type { Client } from '../db/open.js';
import { Prisma } from '../generated/sqlite/client.js';
import { addActivation } from '../schedule/activations.js';

/** The batch code that stands for all batches of a tenant. */
export const allBatches = '*';

/** A condition on a row of `messages`: neither everything, nor its tenant, nor its batch is suspended. */
export const notSuspended = Prisma.sql`
  NOT EXISTS (SELECT 1 FROM instance i WHERE i.active = false)
  AND NOT EXISTS (SELECT 1 FROM suspensions s
    WHERE s.tenant_id = messages.tenant_id AND (s.batch_code = ${allBatches} OR s.batch_code = messages.batch_code))`;

/** The key of the advisory lock between claims and changes of suspensions: "mailstop" in ASCII. */
const lockNumber = 7881692268099465072n;

/**
 * The first statement of a transaction that claims or parks messages (`shared`), or that suspends or activates some
 * (`alone`). Once a suspension commits, no claim is in flight that has not seen it. SQLite needs no lock, because it runs
 * one writing transaction at a time.
 */
export function lockSuspensions(
  ctx: Needs<'db'>,
  client: Client,
  mode: 'shared' | 'alone',
): Prisma.PrismaPromise<unknown>[] {
  if (ctx.db.kind === 'sqlite') return [];
  // The cast is needed because Prisma cannot read a result of type void.
  return mode === 'alone'
    ? [client.$queryRaw`SELECT CAST(pg_advisory_xact_lock(${lockNumber}) AS TEXT)`]
    : [client.$queryRaw`SELECT CAST(pg_advisory_xact_lock_shared(${lockNumber}) AS TEXT)`];
}

/** The suspended batches of a tenant, or `*` alone; undefined when there is no such tenant. */
export async function suspendedBatches(ctx: Needs<'db'>, tenantId: string): Promise<string[] | undefined> {
  const tenant = await ctx.db.read.tenant.findUnique({
    where: { id: tenantId },
    select: { suspensions: { orderBy: { batchCode: 'asc' } } },
  });
  const codes = tenant?.suspensions.map(({ batchCode }) => batchCode);
  return codes?.includes(allBatches) ? [allBatches] : codes;
}

/** Once this resolves, no process begins to send a message of the tenant, or of the batch. */
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

/** Lets the messages of the tenant, or of one batch, be sent again. The next sweep queues them. */
export async function activate(ctx: Needs<'db'>, tenantId: string, batchCode: string): Promise<void> {
  const ofBatch = batchCode === allBatches ? {} : { batchCode };
  await ctx.db.write((client) => [
    ...lockSuspensions(ctx, client, 'alone'),
    client.suspension.deleteMany({ where: { tenantId, ...ofBatch } }),
    ...addActivation(client, { tenantId, batchCode: ofBatch.batchCode ?? null }),
  ]);
}

/** Whether sending as a whole is active. */
export async function isActive(ctx: Needs<'db'>): Promise<boolean> {
  return (await ctx.db.read.instance.findUnique({ where: { id: 1 } }))?.active ?? false;
}

/** Suspends or activates all sending, in every process. The next sweep queues messages that were suspended. */
export async function setActive(ctx: Needs<'db'>, active: boolean): Promise<void> {
  await ctx.db.write((client) => [
    ...lockSuspensions(ctx, client, 'alone'),
    client.instance.updateMany({ where: { id: 1 }, data: { active } }),
    ...(active ? addActivation(client, { tenantId: null, batchCode: null }) : []),
  ]);
}
