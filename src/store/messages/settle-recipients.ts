// Ends the recipients of messages that are not tried again: a recipient that was deferred until now has failed, and the
// event of the message names that recipient.
import { byDatabase, type Sql, sql } from '../db/sql.js';
import { jsonObject } from '../db/sql-parts.js';

/** How a row `m` of messages ends: a message that some recipients have stays sent. */
export const finalStatus = sql`CASE WHEN m.sent_at IS NULL THEN 'error' ELSE 'sent' END`;

/**
 * The recipients of a row `m` of messages, with the deferred ones failed; NULL where they were not told apart.
 * @param error why they are not tried again
 */
export function settledRecipients(error: Sql): Sql {
  const settled = sql`CASE WHEN ${isDeferred} THEN ${failed(error)} ELSE r.value END`;
  const list = byDatabase({
    sqlite: sql`SELECT json_group_array(json(${settled}))`,
    postgresql: sql`SELECT CAST(json_agg(${settled} ORDER BY r.n) AS TEXT)`,
  });
  return sql`CASE WHEN m.recipients IS NOT NULL THEN (${list} FROM ${recipients}) END`;
}

/**
 * The metadata of the event that reports this, with the recipients that no earlier event has reported as final.
 * @param metadata a JSON object as text
 */
export function withSettled(metadata: Sql, error: Sql): Sql {
  const merged = byDatabase({
    sqlite: sql`json_patch(${metadata}, json_object('recipients', (SELECT json_group_array(${failed(error)})
      FROM ${recipients} WHERE ${isDeferred})))`,
    postgresql: sql`CAST(CAST(${metadata} AS JSONB) || jsonb_build_object('recipients',
      (SELECT json_agg(${failed(error)} ORDER BY r.n) FROM ${recipients} WHERE ${isDeferred})) AS TEXT)`,
  });
  return sql`CASE WHEN m.recipients IS NULL THEN ${metadata} ELSE ${merged} END`;
}

const isDeferred = sql`r.value ->> 'status' = 'deferred'`;

function failed(error: Sql): Sql {
  return jsonObject({ address: sql`r.value ->> 'address'`, status: sql`'error'`, error });
}

/** The recipients as rows `r`, with their place `n` on PostgreSQL. */
const recipients = byDatabase({
  sqlite: sql`json_each(m.recipients) AS r`,
  postgresql: sql`json_array_elements(CAST(m.recipients AS JSON)) WITH ORDINALITY AS r(value, n)`,
});
