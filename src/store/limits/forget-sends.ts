// Forgets the counted sends of a tenant that is deleted.
import { sql } from '../db/sql.js';
import { int } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';

/**
 * The statements for the transaction that deletes the tenant. The scopes are locked first: an entry of the send log that
 * is written meanwhile would outlive its scope, whose numbers begin anew.
 */
export function forgetSends(tenantId: string) {
  const prefix = `${tenantId}/`;
  const ours = sql`(scope = ${tenantId} OR substr(scope, 1, ${int(prefix.length)}) = ${prefix})`;
  const scopes = sql`(SELECT scope FROM send_scopes WHERE ${ours})`;
  return {
    lockScopes: run(sql`UPDATE send_scopes SET last_n = last_n WHERE ${ours}`),
    sendLog: run(sql`DELETE FROM send_log WHERE scope IN ${scopes}`),
    sendSlots: run(sql`DELETE FROM send_slots WHERE scope IN ${scopes}`),
    sendScopes: run(sql`DELETE FROM send_scopes WHERE ${ours}`),
    breakers: run(sql`DELETE FROM breakers WHERE tenant_id = ${tenantId}`),
  };
}
