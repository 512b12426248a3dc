// Loads a value again only when little time goes into it, and otherwise answers with the last one.
import type { Clock } from '../clock.js';

/** How long a caller waits for a new value when there is an older one. Prometheus gives a scrape ten seconds. */
const patienceMs = 1000;

/** The part of the time that may go into loading. */
const part = 1 / 20;

/** On a busy machine a load of milliseconds may take seconds, and its value must not stay for minutes because of that. */
const longestPauseMs = 10_000;

/** @returns gives the newest value it can; the first callers wait for the first value, and share its error */
export function loadSparingly<T>(
  clock: Pick<Clock, 'now' | 'sleep'>,
  load: () => Promise<T>,
): () => Promise<T> {
  let last: { value: T } | undefined;
  let loading: Promise<T> | undefined;
  let nextAt = 0;

  async function reload(): Promise<T> {
    const startedAt = clock.now();
    try {
      const value = await load();
      last = { value };
      return value;
    } finally {
      loading = undefined;
      const endedAt = clock.now();
      nextAt = endedAt + Math.min((endedAt - startedAt) / part, longestPauseMs);
    }
  }

  return async () => {
    if (loading === undefined && (last === undefined || clock.now() >= nextAt)) {
      loading = reload();
      // Callers that wait see the error. Callers with an older value may have left, and an unhandled error would end the process.
      loading.catch(() => undefined);
    }
    if (loading === undefined || last === undefined) return last?.value ?? (loading as Promise<T>);
    const { value } = last;
    return Promise.race([loading, clock.sleep(patienceMs).then(() => value)]);
  };
}
