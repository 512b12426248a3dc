// Bounds how many sends are in flight: in this process, and of one tenant. A server that takes long costs others nothing,
// because a send that has been waiting for its server for a while gives its place to another.
import type { Clock } from '../clock.js';
import { reservedSlots } from '../send/reserved-slot.js';

interface SendSlots {
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
  tenantId: string;
  since: number;
  isSlow: boolean;
}

/** A send that takes longer counts as slow: it waits for its server and costs this process next to nothing. */
const slowAfterMs = 250;

/** Times the bound of the process: how many sends may be in flight in all, slow ones included. */
const slowPerSlot = 10;

/** The part of all these that one tenant may hold. */
const shareOfTenant = 1 / 4;

/** @param onRoom is called when slots have become free other than by a release: their sends have turned slow */
export function openSendSlots(
  clock: Pick<Clock, 'monotonic' | 'after'>,
  bound: number,
  onRoom: () => void,
): SendSlots {
  const most = bound * slowPerSlot;
  const mostOfTenant = Math.max(1, Math.floor(most * shareOfTenant));
  const unreserved = bound - reservedSlots(bound);
  /** Sends that are not slow, the oldest first. */
  const quick = new Set<Held>();
  const byTenant = new Map<string, number>();
  let all = 0;
  let isWatching = false;

  function watch(): void {
    if (isWatching || quick.size === 0) return;
    isWatching = true;
    const [oldest] = quick;
    clock.after(Math.max(0, (oldest?.since ?? 0) + slowAfterMs - clock.monotonic()), markSlow);
  }

  function markSlow(): void {
    isWatching = false;
    const before = clock.monotonic() - slowAfterMs;
    for (const held of quick) {
      if (held.since > before) break;
      held.isSlow = true;
      quick.delete(held);
    }
    watch();
    onRoom();
  }

  return {
    hasRoom: (isUrgent) => quick.size < (isUrgent ? bound : unreserved) && all < most,
    tenantHasRoom(tenantId, isUrgent) {
      const reserve = isUrgent ? reservedSlots(mostOfTenant) : 0;
      return (byTenant.get(tenantId) ?? 0) < mostOfTenant + reserve;
    },
    take(tenantId) {
      const held: Held = { tenantId, since: clock.monotonic(), isSlow: false };
      quick.add(held);
      all += 1;
      byTenant.set(tenantId, (byTenant.get(tenantId) ?? 0) + 1);
      watch();
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
          const left = (byTenant.get(tenantId) ?? 1) - 1;
          if (left > 0) byTenant.set(tenantId, left);
          else byTenant.delete(tenantId);
        },
      };
    },
  };
}
