// How many unsent messages accounts have, by priority. All are counted at once, and only now and then.
import { loadSparingly } from '../../concurrency/load-sparingly.js';
import { type Owner, ownerKey } from '../../domain/owner.js';
import type { Needs } from '../context.js';
import { perDatabase } from '../db/per-database.js';
import { snapshotQueues } from '../instance/metrics-snapshot.js';

/** By priority; those of which there are none are left out. */
export type Queued = ReadonlyMap<number, number>;

type QueuedNeeds = Needs<'db' | 'clock'>;

const depths = perDatabase((ctx: QueuedNeeds) =>
  loadSparingly(ctx.clock, async () => {
    const byOwner = new Map<string, Map<number, number>>();
    for (const { priority, count, ...owner } of await snapshotQueues(ctx)) {
      const key = ownerKey(owner);
      const of = byOwner.get(key) ?? new Map<number, number>();
      byOwner.set(key, of.set(priority, count));
    }
    return byOwner;
  }),
);

const none: Queued = new Map();

/** In the order of the owners. */
export async function queuedOf(ctx: QueuedNeeds, owners: Owner[]): Promise<Queued[]> {
  const byOwner = await depths(ctx)();
  return owners.map((owner) => byOwner.get(ownerKey(owner)) ?? none);
}
