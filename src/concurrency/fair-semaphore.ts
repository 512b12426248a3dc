// Bounds how many tasks run at once, is fair between owners when the bound is reached, and lets no owner whose tasks hang
// block the others.
import type { Clock } from '../clock.js';
import { openShare, type Share } from './share.js';

export interface FairSemaphore {
  /**
   * Waits for a permit. Call the answer to release the permit.
   * @param isUrgent whether this call precedes all waiting calls of the same owner
   */
  acquire(owner: string, isUrgent?: boolean): Promise<() => void>;
  /** Frees the memory of an owner that holds nothing and waits for nothing. */
  forget(owner: string): void;
}

interface Permit {
  owner: string;
  since: number;
  /** Whether the permit was held for so long that it no longer counts towards the bound. */
  isSlow: boolean;
}

/** After this time a task most likely waits for its server and uses no processor, so another task may start beside it. */
const slowAfterMs = 250;
const checkEveryMs = 50;
/** How many slow permits there may be, in multiples of the bound. */
const maxSlowPerPermit = 10;

/** Free permits go round the owners that wait: none gets a second permit while another waits for its first. */
export function openFairSemaphore(options: {
  atOnce: number;
  perOwner: number;
  clock: Pick<Clock, 'now' | 'after'>;
}): FairSemaphore {
  const { atOnce, perOwner, clock } = options;
  let free = atOnce;
  let slow = 0;
  let isCheckPlanned = false;
  const permits = new Set<Permit>();
  const shares = new Map<string, Share>();
  /** Owners that wait, the next one first. */
  const round = new Set<string>();

  function shareOf(owner: string): Share {
    const known = shares.get(owner);
    if (known) return known;
    const share = openShare(perOwner);
    shares.set(owner, share);
    return share;
  }

  function grantFree(): void {
    for (const owner of round) {
      if (free === 0) break;
      const share = shareOf(owner);
      if (!share.mayHoldMore(free <= atOnce / 2)) continue;
      // The owner moves to the end of the round, or leaves it.
      round.delete(owner);
      free -= 1;
      share.startNext();
      if (share.isWaiting()) round.add(owner);
    }
    if (free > 0 || round.size === 0 || isCheckPlanned) return;
    isCheckPlanned = true;
    clock.after(checkEveryMs, markSlow);
  }

  /** Frees the places of permits that have been held for long; their tasks go on beside the bound. */
  function markSlow(): void {
    isCheckPlanned = false;
    const now = clock.now();
    for (const permit of permits) {
      if (permit.isSlow || now - permit.since < slowAfterMs || slow >= atOnce * maxSlowPerPermit) continue;
      permit.isSlow = true;
      slow += 1;
      free += 1;
      shareOf(permit.owner).markSlow();
    }
    grantFree();
  }

  function release(permit: Permit, share: Share): void {
    // Releasing twice does nothing.
    if (!permits.delete(permit)) return;
    if (permit.isSlow) slow -= 1;
    else free += 1;
    share.release(permit.isSlow);
    grantFree();
  }

  return {
    async acquire(owner, isUrgent = false) {
      const share = shareOf(owner);
      await new Promise<void>((start) => {
        share.enqueue(start, isUrgent);
        round.add(owner);
        grantFree();
      });
      const permit: Permit = { owner, since: clock.now(), isSlow: false };
      permits.add(permit);
      return () => release(permit, share);
    },
    forget(owner) {
      if (shares.get(owner)?.isIdle()) shares.delete(owner);
    },
  };
}
