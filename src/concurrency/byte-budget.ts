// Bounds the bytes that are in memory for one purpose, overall and for each owner; what finds no room waits in a queue.
import type { Clock } from '../clock.js';
import { openCounts } from './counts.js';

export interface ByteBudget {
  /**
   * Asks for room for a piece.
   * @param patienceMs the longest wait; undefined: as long as it takes
   * @returns undefined when no room came free in time, or when too many pieces of the owner wait already
   */
  enter(owner: string, bytes: number, patienceMs: number | undefined): Promise<Piece | undefined>;
}

/** A piece that has been given room. */
export interface Piece {
  /** Asks for more room. @returns false when none came free in time */
  grow(bytes: number, patienceMs: number): Promise<boolean>;
  /** The piece has this size now. Never waits, because its bytes are in memory already. */
  resize(bytes: number): void;
  /** Gives the room back; calls after the first change nothing. */
  leave(): void;
}

interface Held {
  owner: string;
  bytes: number;
}

interface QueuedRequest {
  held: Held;
  bytes: number;
  /** Whether the piece is inside already. */
  isGrowth: boolean;
  admit(): void;
}

/** Requests of one owner that may wait; those without a bound of time are bounded by whoever makes them. */
const mostWaitingOfOwner = 100;

/**
 * An owner may use as much as is still free afterwards: one alone half of the budget, two a third each, and so on, so that
 * there is room for one more owner. An owner's oldest piece needs no more than room. A piece larger than the whole budget is
 * admitted when nothing else is inside. Pieces that all lack room to grow would wait for each other, so one of them at a time
 * may exceed the budget.
 */
export function openByteBudget(clock: Pick<Clock, 'after'>, totalBytes: number): ByteBudget {
  const owners = new Map<string, { bytes: number; pieces: Set<Held> }>();
  const waiting = new Set<QueuedRequest>();
  const waitingOf = openCounts();
  let used = 0;
  let exceeding: Held | undefined;

  function use(held: Held, bytes: number): void {
    const own = owners.get(held.owner) ?? { bytes: 0, pieces: new Set() };
    owners.set(held.owner, own);
    own.pieces.add(held);
    held.bytes += bytes;
    own.bytes += bytes;
    used += bytes;
  }

  function remove(held: Held): void {
    use(held, -held.bytes);
    const own = owners.get(held.owner);
    own?.pieces.delete(held);
    if (own?.pieces.size === 0) owners.delete(held.owner);
    if (exceeding === held) exceeding = undefined;
  }

  function find({ held, bytes, isGrowth }: Omit<QueuedRequest, 'admit'>): 'room' | 'no room' | 'no share' {
    const free = totalBytes - used - bytes;
    const own = owners.get(held.owner);
    const [oldest = held] = own?.pieces ?? [];
    if (oldest !== held && (own?.bytes ?? 0) + bytes > free) return 'no share';
    if (free >= 0 || used === held.bytes) return 'room';
    if (!isGrowth || (exceeding ?? held) !== held) return 'no room';
    exceeding = held;
    return 'room';
  }

  /** A request that only lacks room is not overtaken, otherwise a large piece would never get in. */
  function admitThoseNext(): void {
    for (const request of waiting) {
      const found = find(request);
      if (found === 'no room' && !request.isGrowth) return;
      if (found === 'room') request.admit();
    }
  }

  function request(
    held: Held,
    bytes: number,
    isGrowth: boolean,
    patienceMs: number | undefined,
  ): Promise<boolean> {
    if ((isGrowth || waiting.size === 0) && find({ held, bytes, isGrowth }) === 'room') {
      use(held, bytes);
      return Promise.resolve(true);
    }
    const isFull = waitingOf.count(held.owner) >= mostWaitingOfOwner;
    if (isFull && patienceMs !== undefined) return Promise.resolve(false);
    return new Promise((resolve) => {
      const endWaiting = waitingOf.begin(held.owner);
      const end = (isAdmitted: boolean) => {
        stopWaiting?.();
        waiting.delete(queued);
        endWaiting();
        if (isAdmitted) use(held, bytes);
        resolve(isAdmitted);
      };
      const queued: QueuedRequest = { held, bytes, isGrowth, admit: () => end(true) };
      const giveUp = () => {
        end(false);
        admitThoseNext();
      };
      const stopWaiting = patienceMs === undefined ? undefined : clock.after(patienceMs, giveUp);
      waiting.add(queued);
      admitThoseNext();
    });
  }

  function toPiece(held: Held): Piece {
    let isInside = true;
    return {
      grow: (bytes, patienceMs) => request(held, bytes, true, patienceMs),
      resize(bytes) {
        if (isInside) use(held, bytes - held.bytes);
        admitThoseNext();
      },
      leave() {
        if (isInside) remove(held);
        isInside = false;
        admitThoseNext();
      },
    };
  }

  return {
    async enter(owner, bytes, patienceMs) {
      const held = { owner, bytes: 0 };
      return (await request(held, bytes, false, patienceMs)) ? toPiece(held) : undefined;
    },
  };
}
