// A map that drops values which were not used for a while, so that its size follows what is in use.
import type { Clock } from '../clock.js';

interface ExpiringMap<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
  delete(key: string): void;
  values(): V[];
}

/**
 * Keeps two generations. A value that is used moves to the young generation. When the young generation is `keepMs` old,
 * the map drops the old generation and starts a new one. This happens at the next use, so the map needs no timer.
 * @param keepMs a value stays at least this long after its last use, and at most twice as long while the map is in use
 * @param onExpire called with each value that is dropped because it was not used; not after `delete`
 */
export function expiringMap<V>(
  clock: Pick<Clock, 'monotonic'>,
  keepMs: number,
  onExpire?: (value: V) => void,
): ExpiringMap<V> {
  let young = new Map<string, V>();
  let old = new Map<string, V>();
  let youngSince = clock.monotonic();

  function age(): void {
    if (clock.monotonic() - youngSince < keepMs) return;
    const dropped = old;
    old = young;
    young = new Map();
    youngSince = clock.monotonic();
    if (onExpire !== undefined) for (const value of dropped.values()) onExpire(value);
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
