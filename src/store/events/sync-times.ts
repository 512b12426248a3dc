// When each tenant's application was last called, when its next call is due, and until when it asked for no calls.
import { toUnixSeconds } from '../../clock.js';
import type { Needs } from '../context.js';
import { type Hold, type Page, type PageAsked, readPageOf } from '../db/cut-at-bytes.js';
import { sql } from '../db/sql.js';
import { run } from '../db/transaction.js';
import { withoutNulls } from '../db/without-nulls.js';
import type { Tenant } from '../generated/sqlite/client.js';
import { sizesOfTenants } from '../tenants/sizes.js';
import { endpointColumns, endpointOf, isGone } from './report-target.js';
import { findTenantsToReport } from './unreported.js';

/** Times before a call, in milliseconds since the epoch. */
export interface CallTimes {
  lastSyncAt: number | undefined;
  nextCallAt: number | undefined;
}

export async function findCallTimes(ctx: Needs<'db'>, tenantId: string): Promise<CallTimes> {
  const select = { lastSyncAt: true, nextCallAt: true } as const;
  const tenant = await ctx.db.read.tenant.findUnique({ where: { id: tenantId }, select });
  const toNumber = (time: bigint | null | undefined) => (time == null ? undefined : Number(time));
  return { lastSyncAt: toNumber(tenant?.lastSyncAt), nextCallAt: toNumber(tenant?.nextCallAt) };
}

/** Ends the quiet time that the tenant's application asked for, and makes its next call due at once. */
export async function endQuiet(ctx: Needs<'db'>, tenantId: string): Promise<void> {
  await ctx.db.transaction({
    ended: run(sql`UPDATE tenants SET next_sync_after = NULL, next_call_at = NULL WHERE id = ${tenantId}`),
  });
}

/** Makes the next call of every tenant due, except during a quiet time that its application asked for. */
export async function makeCallsDue(ctx: Needs<'db'>): Promise<void> {
  await ctx.db.transaction({
    due: run(sql`UPDATE tenants SET next_call_at = NULL WHERE next_call_at IS NOT NULL`),
  });
}

/** Makes every call due that is farther away than the interval between calls: the clock was ahead when it was set. */
export async function makeFarCallsDue(ctx: Needs<'db' | 'clock' | 'config'>): Promise<void> {
  const latest = ctx.clock.now() + ctx.config.syncIntervalSeconds * 1000;
  await ctx.db.transaction({
    due: run(sql`UPDATE tenants SET next_call_at = NULL WHERE next_call_at > ${latest}`),
  });
}

/** Active tenants whose application is due for a call without events. */
export async function findDueCalls(ctx: Needs<'db' | 'clock' | 'config'>): Promise<string[]> {
  // A report handler receives events and no empty calls.
  if (ctx.config.reportHandler !== undefined) return [];
  const now = BigInt(ctx.clock.now());
  const tenants = await ctx.db.read.tenant.findMany({
    where: {
      active: true,
      AND: [
        { OR: [{ nextCallAt: null }, { nextCallAt: { lte: now } }] },
        { OR: [{ nextSyncAfter: null }, { nextSyncAfter: { lte: now } }] },
        ...(ctx.config.clientSyncUrl === undefined ? [{ clientBaseUrl: { not: null } }] : []),
      ],
    },
    select: { id: true, ...endpointColumns },
  });
  return tenants.filter((tenant) => endpointOf(ctx, tenant) !== undefined).map(({ id }) => id);
}

/**
 * The state of each tenant's reports (contract section 3), in the order of their ids.
 * @param hold is awaited before as many bytes are read
 */
export async function listSyncStatus(
  ctx: Needs<'db' | 'clock' | 'config'>,
  asked: PageAsked,
  hold: Hold,
): Promise<Page<ReturnType<typeof statusOf>>> {
  const due = new Set([...(await findTenantsToReport(ctx)), ...(await findDueCalls(ctx))]);
  const where = { deletedAt: null, id: { gt: asked.after ?? '' } };
  const read = async (take: number) => {
    const tenants = await ctx.db.read.tenant.findMany({ where, orderBy: { id: 'asc' }, take });
    return tenants.map((tenant) => statusOf(ctx, tenant, due.has(tenant.id)));
  };
  return readPageOf(await sizesOfTenants(ctx, asked), asked, hold, read, ({ id }) => id);
}

function statusOf(ctx: Needs<'clock' | 'config'>, tenant: Tenant, next_sync_due: boolean) {
  const { id, name, active, clientBaseUrl, lastSyncAt, nextSyncAfter, reportFault } = tenant;
  return withoutNulls({
    id,
    name,
    active,
    client_base_url: clientBaseUrl,
    last_sync_ts: lastSyncAt === null ? null : toUnixSeconds(Number(lastSyncAt)),
    next_sync_due,
    in_dnd: nextSyncAfter !== null && Number(nextSyncAfter) > ctx.clock.now(),
    gone: isGone(ctx, tenant) ? (true as const) : null,
    fault: reportFault,
  });
}
