// Room for request bodies: so many bytes of them are in memory at once, further ones wait their turn.
import type { Clock } from '../../clock.js';

export interface BodyRoom {
  /**
   * @param owner whose body it is: nobody gets more than half of the room, or one body
   * @returns what gives the room back; undefined when none came free in time
   */
  enter(owner: string, bytes: number): Promise<(() => void) | undefined>;
}

interface Waiting {
  owner: string;
  bytes: number;
  admit(): void;
}

/** @param patienceMs how long a body waits at most */
export function openBodyRoom(
  clock: Clock,
  totalBytes: number,
  patienceMs: number,
  mostWaiting = 1000,
): BodyRoom {
  const usedBy = new Map<string, number>();
  const waiting = new Set<Waiting>();
  let used = 0;
  const use = (owner: string, bytes: number) => {
    used += bytes;
    const own = (usedBy.get(owner) ?? 0) + bytes;
    if (own === 0) usedBy.delete(owner);
    else usedBy.set(owner, own);
  };
  const hasShare = ({ owner, bytes }: Waiting) => {
    const own = usedBy.get(owner) ?? 0;
    return own === 0 || own + bytes <= totalBytes / 2;
  };
  const admitThoseNext = () => {
    for (const one of waiting) {
      if (!hasShare(one)) continue;
      // Nobody overtakes one that only lacks room: else a large body would never get in.
      if (used > 0 && used + one.bytes > totalBytes) return;
      waiting.delete(one);
      use(one.owner, one.bytes);
      one.admit();
    }
  };
  return {
    enter: (owner, bytes) =>
      new Promise((resolve) => {
        if (waiting.size >= mostWaiting) return resolve(undefined);
        const stopWaiting = clock.after(patienceMs, () => {
          waiting.delete(one);
          resolve(undefined);
          admitThoseNext();
        });
        const one: Waiting = {
          owner,
          bytes,
          admit() {
            stopWaiting();
            let isInside = true;
            resolve(() => {
              if (isInside) use(owner, -bytes);
              isInside = false;
              admitThoseNext();
            });
          },
        };
        waiting.add(one);
        admitThoseNext();
      }),
  };
}
