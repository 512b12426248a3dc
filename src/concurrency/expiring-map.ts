// A map that forgets what nobody has asked for in a while, so that it grows with what is in use and not with what exists.
import type { Clock } from '../clock.js';

export interface ExpiringMap<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  values(): V[];
}

/**
 * Two generations: what is used moves to the young one, and the old one is dropped when the young one has come of age.
 * It needs no timer: what is left of the last use goes with the next.
 * @param keepMs how long a value is kept after its last use, at least; twice as long at most while the map is in use
 * @param onForget what is to be done with a value that is dropped for want of use
 */
export function expiringMap<V>(
  clock: Pick<Clock, 'monotonic'>,
  keepMs: number,
  onForget?: (value: V) => void,
): ExpiringMap<V> {
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  let bornAt = clock.monotonic();

  function age(): void {
    if (clock.monotonic() - bornAt < keepMs) return;
    const dropped = old;
    old = young;
    young = new Map();
    bornAt = clock.monotonic();
    if (onForget !== undefined) for (const value of dropped.values()) onForget(value);
  }

  return {
    get(key) {
      const fresh = young.get(key);
      if (fresh === undefined) {
        const aged = old.get(key);
        if (aged !== undefined) {
          old.delete(key);
          young.set(key, aged);
        }
        age();
        return aged;
      }
      age();
      return fresh;
    },
    set(key, value) {
      age();
      old.delete(key);
      young.set(key, value);
    },
    delete(key) {
      young.delete(key);
      old.delete(key);
    },
    values: () => [...young.values(), ...old.values()],
  };
}
