// Says whether there is room for the bytes of a piece: in all, and in its owner's share.

/** A piece that has room, or asks for it. */
export interface Held {
  owner: string;
  bytes: number;
}

export interface ByteShares {
  /** The piece uses so many bytes more, or fewer. */
  use(held: Held, bytes: number): void;
  /** The piece uses nothing any more. */
  remove(held: Held): void;
  /** @param isGrowth whether the piece is inside already */
  find(held: Held, bytes: number, isGrowth: boolean): 'room' | 'no room' | 'no share';
}

/**
 * An owner may use as much as is still free afterwards: one alone half of the budget, two a third each, and so on, so that
 * there is room for one more owner. An owner's oldest piece needs no more than room. A piece larger than the whole budget is
 * admitted when nothing else is inside. Pieces that all lack room to grow would wait for each other, so one of them at a time
 * may exceed the budget.
 */
export function openByteShares(totalBytes: number): ByteShares {
  const owners = new Map<string, { bytes: number; pieces: Set<Held> }>();
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

  return {
    use,
    remove(held) {
      use(held, -held.bytes);
      const own = owners.get(held.owner);
      own?.pieces.delete(held);
      if (own?.pieces.size === 0) owners.delete(held.owner);
      if (exceeding === held) exceeding = undefined;
    },
    find(held, bytes, isGrowth) {
      const free = totalBytes - used - bytes;
      const own = owners.get(held.owner);
      const [oldest = held] = own?.pieces ?? [];
      if (oldest !== held && (own?.bytes ?? 0) + bytes > free) return 'no share';
      if (free >= 0 || used === held.bytes) return 'room';
      if (!isGrowth || (exceeding ?? held) !== held) return 'no room';
      exceeding = held;
      return 'room';
    },
  };
}
