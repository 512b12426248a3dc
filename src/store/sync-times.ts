// When tenants' applications were last told something, when they are due, and until when they want to be left alone.
import { toUnixSeconds } from '../clock.js';
import type { Needs } from '../context.js';
import { findTenantsToReport } from './events.js';
import { withoutNulls } from './without-nulls.js';

/** Forgets until when the tenant's application asked to be left alone. */
export async function endQuiet(ctx: Needs<'db'>, tenantId: string): Promise<void> {
  await ctx.db.write((client) => [
    client.tenant.updateMany({ where: { id: tenantId }, data: { nextSyncAfter: null } }),
  ]);
}

/** Every tenant with what is known of its reports (contract section 3). */
export async function listSyncStatus(
  ctx: Needs<'db' | 'clock' | 'config'>,
): Promise<Record<string, unknown>[]> {
  const owed = new Set(await findTenantsToReport(ctx));
  const tenants = await ctx.db.read.tenant.findMany({ orderBy: { id: 'asc' } });
  const now = ctx.clock.now();
  const intervalMs = ctx.config.syncIntervalSeconds * 1000;
  return tenants.map(({ id, name, active, clientBaseUrl, lastSyncAt, nextSyncAfter }) => {
    const quiet = nextSyncAfter !== null && Number(nextSyncAfter) > now;
    const late = lastSyncAt === null || Number(lastSyncAt) + intervalMs <= now;
    return withoutNulls({
      id,
      name,
      active,
      client_base_url: clientBaseUrl,
      last_sync_ts: lastSyncAt === null ? null : toUnixSeconds(Number(lastSyncAt)),
      next_sync_due: owed.has(id) || (clientBaseUrl !== null && active && late && !quiet),
      in_dnd: quiet,
    });
  });
}
