// Reads the answer of an application that acknowledges a report (contract section 9). Every field is optional.

/** A year. A later time most likely counts in other units. */
const longestQuietMs = 366 * 86_400_000;

export interface Answer {
  /** Whether the application has more messages to hand in and wants to be called again at once. */
  hasMore: boolean;
  /** Until when the application wants no call without events: milliseconds since the epoch, in the future. */
  quietUntil?: number;
  /** Ids of messages that the application could not process. */
  error: Set<string>;
  /** Ids of messages that the application does not know. */
  notFound: Set<string>;
}

/**
 * A field of the wrong type counts as absent, because the report is acknowledged all the same.
 * @param text the body, which may be anything
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
