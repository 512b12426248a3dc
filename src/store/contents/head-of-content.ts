// The part of a stored message that has its addresses, without its texts, for SQL.
import { byDatabase, sql } from '../db/sql.js';

/** Of a row `c` of message_contents, as JSON in a text. */
export const headOfContent = byDatabase({
  sqlite: sql`json_extract(c.payload, '$.head')`,
  postgresql: sql`CAST(CAST(c.payload AS json) -> 'head' AS text)`,
});
