// Reads a list of the API page by page, to its end or to as many entries as are wanted.
import type { CallApi } from './call-api.js';

/** The most that a call for messages may ask for; other lists end their pages themselves. */
const largestPage = 1000;

/**
 * @param name of the list in the answers
 * @param most undefined: all
 */
export async function allPages<T>(
  api: CallApi,
  path: string,
  name: string,
  query: Record<string, string | number | boolean | undefined>,
  most?: number,
): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | undefined;
  do {
    const limit = most === undefined ? undefined : Math.min(largestPage, most - found.length);
    const page = await api<Record<string, unknown>>('GET', path, { query: { ...query, limit, cursor } });
    found.push(...(page[name] as T[]));
    cursor = page.next_cursor as string | undefined;
  } while (cursor !== undefined && (most === undefined || found.length < most));
  return found.slice(0, most);
}
