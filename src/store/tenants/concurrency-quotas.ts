// The quotas on what tenants do at once, from memory: they are asked for at every call and every send.
import { type Counts, openCounts } from '../../concurrency/counts.js';
import type { Quotas, TenantLimits } from '../../domain/quota.js';
import { reasonOf } from '../../errors.js';
import type { Needs } from '../context.js';
import { perDatabase } from '../db/per-database.js';
import { quotasOf } from './quotas.js';

type QuotaNeeds = Needs<'db' | 'config' | 'clock' | 'log'>;

/** The calls and sends that this process has in flight, by the ids of their tenants. */
export const inFlightByTenant = perDatabase((): { calls: Counts; sends: Counts } => ({
  calls: openCounts(),
  sends: openCounts(),
}));

/** How soon a change of the limits holds in every process. */
const readEveryMs = 2000;

interface Known {
  quotas: Map<string, Quotas>;
  readAt: number;
  reading: Promise<void> | undefined;
}

const known = perDatabase(
  (): Known => ({ quotas: new Map(), readAt: Number.NEGATIVE_INFINITY, reading: undefined }),
);

/** The tenant's quotas of two seconds ago at most; those of the installation until they are read first. */
export function concurrencyQuotas(ctx: QuotaNeeds, tenantId: string): Quotas {
  const state = known(ctx);
  if (state.reading === undefined && ctx.clock.monotonic() - state.readAt >= readEveryMs) {
    state.reading = read(ctx, state).finally(() => {
      state.reading = undefined;
    });
  }
  return state.quotas.get(tenantId) ?? quotasOf(ctx, undefined);
}

/** Only tenants with limits of their own. While the database is away, the last ones hold. */
async function read(ctx: QuotaNeeds, state: Known): Promise<void> {
  state.readAt = ctx.clock.monotonic();
  try {
    const tenants = await ctx.db.read.tenant.findMany({
      where: { limits: { not: null } },
      select: { id: true, limits: true },
    });
    state.quotas = new Map(
      tenants.map(({ id, limits }) => [id, quotasOf(ctx, JSON.parse(limits ?? '{}') as TenantLimits)]),
    );
  } catch (error) {
    ctx.log.debug({ event: 'tenants.limits_not_read', reason: reasonOf(error) }, 'Limits could not be read');
  }
}
