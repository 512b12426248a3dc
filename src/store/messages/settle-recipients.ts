// Ends recipients of messages that nobody will try again: who was put off until now has failed, and the event says so.
import type { DatabaseKind } from '../db/sql.js';
import { Prisma } from '../generated/sqlite/client.js';

/** How a row `m` of messages ends: what was sent to some stays sent. */
export const finalStatus = Prisma.sql`CASE WHEN m.sent_at IS NULL THEN 'error' ELSE 'sent' END`;

/**
 * The recipients of a row `m` of messages, with those that were put off ended; NULL where they were not told apart.
 * @param error why they are not tried again
 */
export function settledRecipients(kind: DatabaseKind, error: Prisma.Sql): Prisma.Sql {
  const list =
    kind === 'sqlite'
      ? Prisma.sql`SELECT json_group_array(json(CASE WHEN ${isPutOff} THEN ${ended(kind, error)} ELSE r.value END))`
      : Prisma.sql`SELECT CAST(json_agg(CASE WHEN ${isPutOff} THEN ${ended(kind, error)} ELSE r.value END
          ORDER BY r.n) AS TEXT)`;
  return Prisma.sql`CASE WHEN m.recipients IS NOT NULL THEN (${list} FROM ${each(kind)}) END`;
}

/** The metadata of the event that tells of it: with those recipients who have not been told of as final before. */
export function withEnded(kind: DatabaseKind, metadata: Prisma.Sql, error: Prisma.Sql): Prisma.Sql {
  const merged =
    kind === 'sqlite'
      ? Prisma.sql`json_patch(${metadata}, json_object('recipients', (SELECT json_group_array(${ended(kind, error)})
          FROM ${each(kind)} WHERE ${isPutOff})))`
      : Prisma.sql`CAST(CAST(${metadata} AS JSONB) || jsonb_build_object('recipients',
          (SELECT json_agg(${ended(kind, error)} ORDER BY r.n) FROM ${each(kind)} WHERE ${isPutOff})) AS TEXT)`;
  return Prisma.sql`CASE WHEN m.recipients IS NULL THEN ${metadata} ELSE ${merged} END`;
}

const isPutOff = Prisma.sql`r.value ->> 'status' = 'deferred'`;

function ended(kind: DatabaseKind, error: Prisma.Sql): Prisma.Sql {
  const build = Prisma.raw(kind === 'sqlite' ? 'json_object' : 'json_build_object');
  return Prisma.sql`${build}('address', r.value ->> 'address', 'status', 'error', 'error', ${error})`;
}

function each(kind: DatabaseKind): Prisma.Sql {
  return kind === 'sqlite'
    ? Prisma.sql`json_each(m.recipients) AS r`
    : Prisma.sql`json_array_elements(CAST(m.recipients AS JSON)) WITH ORDINALITY AS r(value, n)`;
}
