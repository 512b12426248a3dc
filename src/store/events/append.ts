// Appends events to messages: the one place where the service writes them.
import { join, type Sql, sql, verbatim } from '../db/sql.js';
import { type Rows, type Run, rows, run } from '../db/transaction.js';

/** SQL expressions over a row `m` of messages and whatever else stands in `from`. */
interface AppendedEvents {
  type: Sql;
  /** Milliseconds since the epoch. */
  at: Sql;
  /** Absent: none. */
  description?: Sql;
  /** JSON as text; absent: none. */
  metadata?: Sql;
  /** Whether the event says that the circuit breaker of the account holds the message. Absent: no. */
  ofBreaker?: Sql;
  /** After FROM: a table expression with a row `m` of messages for each event, with its conditions. */
  from: Sql;
}

/** The statement that appends them. */
export function appendEvents(events: AppendedEvents): Run {
  return run(insert(events));
}

/** The same, answering with the pk of each message that was given an event. */
export function appendEventsReturning(events: AppendedEvents): Rows<{ message_pk: string }> {
  return rows(sql`${insert(events)} RETURNING message_pk`);
}

function insert({ type, at, from, ...given }: AppendedEvents): Sql {
  const optional = { description: given.description, metadata: given.metadata, of_breaker: given.ofBreaker };
  const columns = [verbatim('tenant_id, message_pk, message_id, type, at')];
  const values = [sql`m.tenant_id, m.pk, m.id, ${type}, ${at}`];
  for (const [name, value] of Object.entries(optional)) {
    if (value === undefined) continue;
    columns.push(verbatim(name));
    values.push(value);
  }
  return sql`INSERT INTO events (${join(columns)}) SELECT ${join(values)} FROM ${from}`;
}
