// The first or the last messages of an account with some statuses, in the order of acceptance: read from the ends of an
// index, however many messages there are.
import type { Status } from '../../domain/status.js';
import { byDatabase, join, type Sql, sql, verbatim } from '../db/sql.js';

/** The index of accounts has these collations, and no other index has (listing/page.ts). Pks sort alike in all of them. */
export const statusOfAccounts = collated('messages.status');
const pk = collated('messages.pk');

function collated(column: string): Sql {
  return byDatabase({ sqlite: verbatim(column), postgresql: verbatim(`${column} COLLATE "C"`) });
}

/**
 * A table expression `e` of rows of messages.
 * @param isOfAccount a condition on tenant and account of a row of messages
 * @param most of each status
 */
export function newestOf(statuses: readonly Status[], isOfAccount: Sql, most: number): Sql {
  return endOf(statuses, isOfAccount, most, 'DESC');
}

/** As `newestOf`, from the other end. */
export function oldestOf(statuses: readonly Status[], isOfAccount: Sql, most: number): Sql {
  return endOf(statuses, isOfAccount, most, 'ASC');
}

function endOf(statuses: readonly Status[], isOfAccount: Sql, most: number, order: 'ASC' | 'DESC'): Sql {
  const ends = statuses.map(
    (
      one,
      n,
    ) => sql`SELECT * FROM (SELECT status, due_at, created_at, sent_at, error_at, updated_at, smtp_code, error, blocked_until
      FROM messages WHERE ${isOfAccount} AND ${statusOfAccounts} = ${one}
      ORDER BY ${pk} ${verbatim(order)} LIMIT ${most}) AS ${verbatim(`e${n}`)}`,
  );
  return sql`(${join(ends, ' UNION ALL ')}) AS e`;
}
