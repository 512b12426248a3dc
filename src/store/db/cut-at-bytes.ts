// Ends a page of a list where it has enough bytes, whatever its rows hold.

/** The most that a page reads from the database, unless a single row has more. */
const mostPageBytes = 4 * 1024 * 1024;

/** @returns how many of the rows fit, at least one, and how many bytes these have */
export function cutAtBytes(
  rows: readonly { bytes: number | bigint | null }[],
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
