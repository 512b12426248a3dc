// Forgets the counted sends of a tenant that is deleted.
import { type Sql, sql } from '../db/sql.js';
import { int } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';

/**
 * The statements for the transaction that deletes the tenant. The scopes are locked first: an entry of the send log that
 * is written meanwhile would outlive its scope, whose numbers begin anew.
 */
export function forgetSends(tenantId: string) {
  const ours = ownScopes(tenantId);
  const scopes = sql`(SELECT scope FROM send_scopes WHERE ${ours})`;
  return {
    lockScopes: run(sql`UPDATE send_scopes SET last_n = last_n WHERE ${ours}`),
    sendLog: run(sql`DELETE FROM send_log WHERE scope IN ${scopes}`),
    sendSlots: run(sql`DELETE FROM send_slots WHERE scope IN ${scopes}`),
    sendScopes: run(sql`DELETE FROM send_scopes WHERE ${ours}`),
    learnedLimits: run(sql`DELETE FROM learned_limits WHERE ${ours}`),
    connectionShares: run(sql`DELETE FROM connection_shares WHERE ${ours}`),
    breakers: run(sql`DELETE FROM breakers WHERE tenant_id = ${tenantId}`),
    encounters: run(sql`DELETE FROM encounters WHERE tenant_id = ${tenantId}`),
  };
}

/** A statement that forgets some of them beforehand, so that the transaction above stays short. */
export function oldestSends(tenantId: string, most: number): Sql {
  return sql`DELETE FROM send_log WHERE (scope, n) IN (SELECT l.scope, l.n FROM send_log l
    WHERE l.scope IN (SELECT scope FROM send_scopes WHERE ${ownScopes(tenantId)}) LIMIT ${most})`;
}

function ownScopes(tenantId: string): Sql {
  const prefix = `${tenantId}/`;
  return sql`(scope = ${tenantId} OR substr(scope, 1, ${int(prefix.length)}) = ${prefix})`;
}
