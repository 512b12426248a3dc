// Bounds how many sends run at once in this process, is fair between accounts when the bound is reached, and lets no
// account that hangs hold up the others.
import type { Clock } from '../clock.js';

export interface FairSemaphore {
  /**
   * Waits for a turn; call the answer to give it back.
   * @param isUrgent before all else of its owner that waits
   */
  take(owner: string, isUrgent?: boolean): Promise<() => void>;
  /** Nothing of this owner is under way any more, and perhaps never again. */
  forget(owner: string): void;
}

interface Turn {
  owner: string;
  since: number;
  /** Whether others have got its place, because it takes long: it goes on beside the bound. */
  isParked: boolean;
}

interface Share {
  /** FairSemaphore held, parked ones included. */
  held: number;
  parked: number;
  /** How many it may hold when turns are scarce: few at first and while its sends hang, twice as many after each that ends. */
  allowed: number;
  urgent: (() => void)[];
  waiting: (() => void)[];
}

/** A send that takes longer than this gives its place to one that waits: it is the server that it waits for. */
const slowAfterMs = 250;
const lookEveryMs = 50;
const atFirst = 2;
/** Times the bound: how many sends that take long may go on beside it. */
const mostSlow = 10;

const isWaiting = ({ urgent, waiting }: Share) => urgent.length + waiting.length > 0;

/** Freed turns go round the accounts that wait: none gets a second one while another waits for its first. */
export function openFairSemaphore(options: {
  atOnce: number;
  perOwner: number;
  clock: Pick<Clock, 'now' | 'after'>;
}): FairSemaphore {
  const { atOnce, perOwner, clock } = options;
  let free = atOnce;
  let parked = 0;
  let isLooking = false;
  const running = new Set<Turn>();
  const shares = new Map<string, Share>();
  /** Owners that wait, the next one first. */
  const round = new Set<string>();

  function shareOf(owner: string): Share {
    const known = shares.get(owner);
    if (known) return known;
    const share = { held: 0, parked: 0, allowed: Math.min(atFirst, perOwner), urgent: [], waiting: [] };
    shares.set(owner, share);
    return share;
  }

  /** Gives free turns to those who wait and may have one. */
  function hand(): void {
    for (const owner of round) {
      if (free === 0) break;
      const share = shareOf(owner);
      // While half of the turns are free, only those of whom some hang have to prove that their sends end.
      const bound = free > atOnce / 2 && share.parked === 0 ? perOwner : share.allowed;
      if (share.held >= bound) continue;
      // To the end of the round, or out of it.
      round.delete(owner);
      const start = share.urgent.shift() ?? share.waiting.shift();
      if (isWaiting(share)) round.add(owner);
      free -= 1;
      share.held += 1;
      start?.();
    }
    if (free > 0 || round.size === 0 || isLooking) return;
    isLooking = true;
    clock.after(lookEveryMs, park);
  }

  function park(): void {
    isLooking = false;
    const now = clock.now();
    for (const turn of running) {
      if (turn.isParked || now - turn.since < slowAfterMs || parked >= atOnce * mostSlow) continue;
      turn.isParked = true;
      parked += 1;
      free += 1;
      const share = shareOf(turn.owner);
      share.parked += 1;
      share.allowed = Math.max(1, Math.floor(share.allowed / 2));
    }
    hand();
  }

  return {
    async take(owner, isUrgent = false) {
      const share = shareOf(owner);
      await new Promise<void>((start) => {
        (isUrgent ? share.urgent : share.waiting).push(start);
        round.add(owner);
        hand();
      });
      const turn: Turn = { owner, since: clock.now(), isParked: false };
      running.add(turn);
      return () => {
        if (!running.delete(turn)) return;
        if (turn.isParked) {
          parked -= 1;
          share.parked -= 1;
        } else free += 1;
        share.held -= 1;
        share.allowed = Math.min(perOwner, share.allowed * 2);
        hand();
      };
    },
    forget(owner) {
      const share = shares.get(owner);
      if (share?.held === 0 && !isWaiting(share)) shares.delete(owner);
    },
  };
}
