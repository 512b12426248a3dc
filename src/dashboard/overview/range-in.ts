// The time that an address asks for.
import { type Range, ranges } from '../../store/history/read-history.js';

/** The last hour unless it is another of those that there are. */
export function rangeIn(asked: string | undefined): Range {
  return ranges.find((range) => range === asked) ?? 'hour';
}
