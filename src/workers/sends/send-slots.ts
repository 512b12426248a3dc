// Bounds how many sends are in flight: in this process, and of one tenant. A server that takes long costs others nothing,
// because a send that has been waiting for its server for a while gives its place to another.
import type { Clock } from '../../clock.js';
import type { Counts } from '../../concurrency/counts.js';
import type { LoopWatch } from '../../concurrency/loop-watch.js';
import type { Config } from '../../config.js';
import { connectionBounds } from '../../send/connection-bounds.js';
import { reservedSlots } from '../../send/reserved-slot.js';

export interface SendSlots {
  /** Whether any tenant may have room. */
  hasRoom(isUrgent: boolean): boolean;
  tenantHasRoom(tenantId: string, isUrgent: boolean): boolean;
  /** Takes a slot. The caller has asked for room before. */
  take(tenantId: string): Slot;
}

export interface Slot {
  /** Whether the next send may use this slot as well, without asking for room. Its time begins anew. */
  reuse(): boolean;
  release(): void;
}

interface Held {
  since: number;
  isSlow: boolean;
}

/** How many sends may be in flight. */
interface SendBounds {
  /** Those that are not slow. */
  quick: number;
  /** All, slow ones included. */
  all: number;
  /** Those of one tenant, slow ones included. */
  ofTenant(tenantId: string): number;
}

/** A send that takes longer counts as slow: it waits for its server and costs this process next to nothing. */
const slowAfterMs = 250;

/**
 * The part of the quick sends that may be in flight while the process is busy. More would not send more, and every step
 * of every send would wait for a step of each of them. With a quarter, a neighbour of 10,000 busy accounts waited little
 * less, but SQLite wrote four times as long, because fewer results shared a commit
 * (docs/decisions/0035-one-scheduler.md).
 */
const partWhenBusy = 1 / 2;

/** @param onRoom is called when slots have become free other than by a release: their sends have turned slow */
export function openSendSlots(
  clock: Pick<Clock, 'monotonic' | 'after'>,
  bounds: SendBounds,
  loop: LoopWatch,
  ofTenants: Counts,
  onRoom: () => void,
): SendSlots {
  const quick = openQuickSends(clock, loop, onRoom);
  const few = reservedSlots(bounds.quick);
  let all = 0;
  return {
    hasRoom: (isUrgent) => quick.count() < unreserved(bounds.quick, isUrgent) && all < bounds.all,
    tenantHasRoom(tenantId, isUrgent) {
      const own = ofTenants.count(tenantId);
      if (own >= unreserved(bounds.ofTenant(tenantId), isUrgent)) return false;
      // A process that turns busy may have more sends in flight than this. A tenant with few does not wait until they have ended.
      const whenBusy = Math.ceil(bounds.quick * partWhenBusy);
      return !loop.isBusy() || quick.count() < unreserved(whenBusy, isUrgent) || own < few;
    },
    take(tenantId) {
      const held: Held = { since: clock.monotonic(), isSlow: false };
      quick.add(held);
      all += 1;
      const end = ofTenants.begin(tenantId);
      return {
        reuse() {
          if (held.isSlow) return false;
          quick.delete(held);
          held.since = clock.monotonic();
          quick.add(held);
          return true;
        },
        release() {
          quick.delete(held);
          all -= 1;
          end();
        },
      };
    },
  };
}

/**
 * The sends that are not slow. While the process is busy no send turns slow, because a send that takes long then waits for
 * this process and not for its server. The bound on quick sends would grow with the load otherwise.
 */
function openQuickSends(clock: Pick<Clock, 'monotonic' | 'after'>, loop: LoopWatch, onSlow: () => void) {
  /** The oldest first. */
  const quick = new Set<Held>();
  let isWatching = false;

  function watch(): void {
    if (isWatching || quick.size === 0) return;
    isWatching = true;
    const [oldest] = quick;
    const dueInMs = Math.max(0, (oldest?.since ?? 0) + slowAfterMs - clock.monotonic());
    clock.after(loop.isBusy() ? slowAfterMs : dueInMs, markSlow);
  }

  function markSlow(): void {
    isWatching = false;
    if (loop.isBusy()) {
      watch();
      return;
    }
    const before = clock.monotonic() - slowAfterMs;
    for (const held of quick) {
      if (held.since > before) break;
      held.isSlow = true;
      quick.delete(held);
    }
    watch();
    onSlow();
  }

  return {
    count: () => quick.size,
    add(held: Held): void {
      quick.add(held);
      watch();
    },
    delete: (held: Held) => quick.delete(held),
  };
}

function unreserved(slots: number, isUrgent: boolean): number {
  return isUrgent ? slots : slots - reservedSlots(slots);
}

/** Times the bound of the process: how many sends may be in flight in all, slow ones included. */
const slowPerSlot = 10;

/** The part of all these that one tenant may hold. */
const shareOfTenant = 1 / 4;

/**
 * Each send has a connection, so the files that the process may open bound the sends as well.
 * @param quotaOf how many sends a tenant may have at once; 0: any number
 */
export function sendBounds(
  { maxConcurrentSends: quick }: Pick<Config, 'maxConcurrentSends'>,
  quotaOf: (tenantId: string) => number,
): SendBounds {
  const all = Math.min(quick * slowPerSlot, connectionBounds().inUse);
  const share = Math.max(1, Math.floor(all * shareOfTenant));
  return { quick, all, ofTenant: (tenantId) => Math.min(quotaOf(tenantId) || share, share) };
}
