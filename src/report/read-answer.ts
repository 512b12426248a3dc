// What a tenant's application says when it acknowledges a report (contract section 9), of which nothing has to be there.

/** A year: who names a later time has most likely counted in other units. */
const longestQuietMs = 366 * 86_400_000;

/**
 * Until when the application asks not to be called unless there is something to tell.
 * @param answer the body, whatever it is
 * @returns milliseconds since the epoch; undefined when it names no time that is still to come
 */
export function readNextSync(answer: string, now: number): number | undefined {
  let said: unknown;
  try {
    said = JSON.parse(answer);
  } catch {
    return undefined;
  }
  const seconds =
    typeof said === 'object' && said !== null ? Reflect.get(said, 'next_sync_after') : undefined;
  if (typeof seconds !== 'number' || seconds * 1000 <= now) return undefined;
  return Math.min(Math.floor(seconds * 1000), now + longestQuietMs);
}
