// Bounds the bytes that are in memory for one purpose, overall and for each owner; what finds no room waits in a queue.
import type { Clock } from '../clock.js';
import { type ByteShares, type Held, openByteShares } from './byte-shares.js';
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

interface QueuedRequest {
  held: Held;
  bytes: number;
  /** Whether the piece is inside already. */
  isGrowth: boolean;
  end(isAdmitted: boolean): void;
}

/** Requests of one owner that may wait; those without a bound of time are bounded by whoever makes them. */
const mostWaitingOfOwner = 100;

export function openByteBudget(clock: Pick<Clock, 'after'>, totalBytes: number): ByteBudget {
  const shares = openByteShares(totalBytes);
  const { request, admitThoseNext } = openRequests(clock, shares);

  function toPiece(held: Held): Piece {
    let isInside = true;
    return {
      grow: (bytes, patienceMs) => request(held, bytes, true, patienceMs),
      resize(bytes) {
        if (isInside) shares.use(held, bytes - held.bytes);
        admitThoseNext();
      },
      leave() {
        if (isInside) shares.remove(held);
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

/** The requests that wait for room, in order. */
function openRequests(clock: Pick<Clock, 'after'>, shares: ByteShares) {
  const waiting = new Set<QueuedRequest>();
  const waitingOf = openCounts();

  /** A request that only lacks room is not overtaken, otherwise a large piece would never get in. */
  function admitThoseNext(): void {
    for (const request of waiting) {
      const found = shares.find(request.held, request.bytes, request.isGrowth);
      if (found === 'no room' && !request.isGrowth) return;
      if (found === 'room') request.end(true);
    }
  }

  /** @returns whether the room was given; with `patienceMs`, within this time */
  function request(held: Held, bytes: number, isGrowth: boolean, patienceMs: number | undefined) {
    if ((isGrowth || waiting.size === 0) && shares.find(held, bytes, isGrowth) === 'room') {
      shares.use(held, bytes);
      return Promise.resolve(true);
    }
    const isFull = waitingOf.count(held.owner) >= mostWaitingOfOwner;
    if (isFull && patienceMs !== undefined) return Promise.resolve(false);
    return new Promise<boolean>((resolve) => {
      const endWaiting = waitingOf.begin(held.owner);
      const end = (isAdmitted: boolean) => {
        stopWaiting?.();
        waiting.delete(queued);
        endWaiting();
        if (isAdmitted) shares.use(held, bytes);
        resolve(isAdmitted);
      };
      const queued: QueuedRequest = { held, bytes, isGrowth, end };
      const giveUp = () => {
        end(false);
        admitThoseNext();
      };
      const stopWaiting = patienceMs === undefined ? undefined : clock.after(patienceMs, giveUp);
      waiting.add(queued);
      admitThoseNext();
    });
  }

  return { request, admitThoseNext };
}
