// Bounds the bytes of request bodies that are in memory at once; further bodies wait in a queue.
import type { Clock } from '../../clock.js';

export interface BodyRoom {
  /**
   * @param owner sender of the body; one owner gets at most half of the room, or one body
   * @returns a function that gives the room back; undefined when no room came free in time
   */
  enter(owner: string, bytes: number): Promise<(() => void) | undefined>;
}

interface QueuedBody {
  owner: string;
  bytes: number;
  admit(): void;
}

/** @param patienceMs the longest wait of a body */
export function openBodyRoom(
  clock: Clock,
  totalBytes: number,
  patienceMs: number,
  mostWaiting = 1000,
): BodyRoom {
  const usedBy = new Map<string, number>();
  const waiting = new Set<QueuedBody>();
  let used = 0;
  const use = (owner: string, bytes: number) => {
    used += bytes;
    const own = (usedBy.get(owner) ?? 0) + bytes;
    if (own === 0) usedBy.delete(owner);
    else usedBy.set(owner, own);
  };
  const hasShare = ({ owner, bytes }: QueuedBody) => {
    const own = usedBy.get(owner) ?? 0;
    return own === 0 || own + bytes <= totalBytes / 2;
  };
  const admitThoseNext = () => {
    for (const one of waiting) {
      if (!hasShare(one)) continue;
      // A body that only lacks room is not overtaken, otherwise a large body would never get in.
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
        const one: QueuedBody = {
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
