// What a tenant's application says when it acknowledges a report (contract section 9), of which nothing has to be there.

/** A year: who names a later time has most likely counted in other units. */
const longestQuietMs = 366 * 86_400_000;

export interface Answer {
  /** Whether it has more to hand in and wants to be called again at once. */
  hasMore: boolean;
  /** Until when it asks not to be called unless there is something to tell: milliseconds since the epoch, always to come. */
  quietUntil?: number;
  /** Ids of messages it could not deal with. */
  error: Set<string>;
  /** Ids of messages it does not know. */
  notFound: Set<string>;
}

/**
 * What is not as it should be counts as not said: the report is acknowledged all the same.
 * @param text the body, whatever it is
 */
export function readAnswer(text: string, now: number): Answer {
  const said = parse(text);
  const field = (name: string): unknown =>
    typeof said === 'object' && said !== null ? Reflect.get(said, name) : undefined;
  const quietUntil = readTime(field('next_sync_after'), now);
  const queued = field('queued');
  return {
    hasMore: typeof queued === 'number' && queued > 0,
    ...(quietUntil !== undefined && { quietUntil }),
    error: readIds(field('error')),
    notFound: readIds(field('not_found')),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readTime(seconds: unknown, now: number): number | undefined {
  if (typeof seconds !== 'number' || seconds * 1000 <= now) return undefined;
  return Math.min(Math.floor(seconds * 1000), now + longestQuietMs);
}

function readIds(list: unknown): Set<string> {
  return new Set(Array.isArray(list) ? list.filter((id) => typeof id === 'string') : []);
}
