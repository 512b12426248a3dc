// What one owner of a fair semaphore holds and waits for, and how many permits it may hold when they are scarce.

export interface Share {
  /** Queues a call of `acquire`; `start` runs when the call gets its permit. Urgent calls precede the others. */
  enqueue(start: () => void, isUrgent: boolean): void;
  isWaiting(): boolean;
  /** Whether the owner holds nothing and waits for nothing. */
  isIdle(): boolean;
  /** @param isScarce whether more than half of all permits are in use */
  mayHoldMore(isScarce: boolean): boolean;
  /** Gives a permit to the next waiting call. */
  startNext(): void;
  /** A permit of this owner has been held for long. */
  markSlow(): void;
  /** A permit came back. */
  release(wasSlow: boolean): void;
}

const allowedAtFirst = 2;

/**
 * An owner may hold few permits at first, twice as many after each release, and half as many after each permit that
 * becomes slow. So owners whose sends hang keep few, while owners whose sends end soon reach `perOwner`.
 */
export function openShare(perOwner: number): Share {
  const urgent: (() => void)[] = [];
  const usual: (() => void)[] = [];
  let held = 0;
  let slow = 0;
  let allowed = Math.min(allowedAtFirst, perOwner);
  const isWaiting = () => urgent.length + usual.length > 0;
  return {
    enqueue: (start, isUrgent) => void (isUrgent ? urgent : usual).push(start),
    isWaiting,
    isIdle: () => held === 0 && !isWaiting(),
    mayHoldMore: (isScarce) => held < (isScarce || slow > 0 ? allowed : perOwner),
    startNext() {
      held += 1;
      const start = urgent.shift() ?? usual.shift();
      start?.();
    },
    markSlow() {
      slow += 1;
      allowed = Math.max(1, Math.floor(allowed / 2));
    },
    release(wasSlow) {
      if (wasSlow) slow -= 1;
      held -= 1;
      allowed = Math.min(perOwner, allowed * 2);
    },
  };
}
