// The pages of lists: how a call asks for one, and how its answer names the next.
import { z } from '@hono/zod-openapi';
import { lineOfText } from '../../accept/identifier.js';
import type { PageAsked } from '../../store/db/cut-at-bytes.js';
import { queryLimit } from '../middleware/read-request.js';

/** Far more than most lists have, so that callers that know of no pages see all of them. */
const mostEntries = 10_000;

export const pageQuery = z.object({
  limit: queryLimit(mostEntries).describe(`Entries in the answer at most; absent, or more: ${mostEntries}.`),
  cursor: lineOfText(255)
    .optional()
    .describe('`next_cursor` of the page before; the other parameters stay as they were.'),
});

export const nextCursor = z
  .string()
  .optional()
  .describe('What to send as `cursor` for the next page; absent: none. A page ends at 4 MiB.');

export function pageAsked({ limit = mostEntries, cursor }: z.output<typeof pageQuery>): PageAsked {
  return { limit, after: cursor };
}

/** @returns the field of the answer, or none on the last page */
export function nextPage(cursor: string | undefined): { next_cursor?: string } {
  return cursor === undefined ? {} : { next_cursor: cursor };
}
