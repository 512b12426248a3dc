// Whether a tenant's `suppress` asks for addresses with a reason to be left out.
import { type Sql, sql } from '../db/sql.js';

/** @param reason of an entry; the tenant is a row `t` */
export function asksFor(reason: Sql): Sql {
  return sql`(t.suppress = 'both' OR (t.suppress = 'hard' AND ${reason} = 'hard_bounce')
  OR (t.suppress = 'complaint' AND ${reason} = 'complaint'))`;
}
