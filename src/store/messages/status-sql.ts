// Conditions on the status of a message's row, for SQL.
import { type Status, waitingStatuses } from '../../domain/status.js';
import { type Sql, verbatim } from '../db/sql.js';

type MessagesAs = 'm' | 'messages';

/** A row of messages, by the name that the statement gives the table, has one of the statuses. */
export function hasStatus(table: MessagesAs, statuses: readonly Status[]): Sql {
  const list = statuses.map((status) => `'${status}'`).join(', ');
  return verbatim(statuses.length === 1 ? `${table}.status = ${list}` : `${table}.status IN (${list})`);
}

/** A row of messages waits to be sent: nothing is being tried with it, and it is not final. */
export function isWaiting(table: MessagesAs): Sql {
  return hasStatus(table, waitingStatuses);
}
