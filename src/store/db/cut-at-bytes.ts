// Ends a page of a list where it has enough bytes, whatever its rows hold.
import { type Sql, verbatim } from './sql.js';

/** The most that a page reads from the database, unless a single row has more. */
const mostPageBytes = 4 * 1024 * 1024;

/** How many bytes a row has when it is shown. */
interface Sized {
  bytes: number | bigint | null;
}

/** @returns how many of the rows fit, at least one, and how many bytes these have */
export function cutAtBytes(
  rows: readonly Sized[],
  mostBytes = mostPageBytes,
): { count: number; bytes: number } {
  let bytes = 0;
  for (const [count, row] of rows.entries()) {
    const more = Number(row.bytes ?? 0);
    if (count > 0 && bytes + more > mostBytes) return { count, bytes };
    bytes += more;
  }
  return { count: rows.length, bytes };
}

/** Is awaited before as many bytes are read from the database, so that there is memory for them. */
export type Hold = (bytes: number) => Promise<void>;

/** For callers that read little. */
export const holdNothing: Hold = () => Promise.resolve();

export interface PageAsked {
  limit: number;
  /** The key after which the page begins. */
  after: string | undefined;
}

/** A page of a list in the order of its keys. */
export interface Page<T> {
  entries: T[];
  /** The key after which the next page begins; undefined: this is the last page. */
  nextCursor: string | undefined;
}

/**
 * @param sizes of the rows in order, one more than `limit` if there are so many
 * @param read reads as many of them
 */
export async function readPageOf<T>(
  sizes: readonly Sized[],
  { limit }: PageAsked,
  hold: Hold,
  read: (count: number) => Promise<T[]>,
  keyOf: (entry: T) => string,
): Promise<Page<T>> {
  const { count, bytes } = cutAtBytes(sizes.slice(0, limit));
  if (count === 0) return { entries: [], nextCursor: undefined };
  await hold(bytes);
  const entries = await read(count);
  const last = entries.at(-1);
  const isLast = count === sizes.length || last === undefined;
  return { entries, nextCursor: isLast ? undefined : keyOf(last) };
}

/** Of a row, the bytes of these columns of text and a little for all others. */
export function bytesOf(...columns: string[]): Sql {
  return verbatim(['500', ...columns.map((name) => `COALESCE(octet_length(${name}), 0)`)].join(' + '));
}
