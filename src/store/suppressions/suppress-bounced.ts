// Puts addresses on the suppression lists of the tenants that ask for it, when a mail to them was refused or came back.
import { canonicalAddress } from '../../domain/canonical-address.js';
import { type Sql, sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';
import { asksFor } from './asks-for.js';
import { suppressionHash } from './suppression-hash.js';

/** Why an address is put on the list by the service itself. */
type BounceSuppression = 'hard_bounce' | 'complaint';

export interface NewSuppression {
  /** The key of the message. */
  pk: string;
  tenantId: string;
  address: string;
  reason: BounceSuppression;
}

/** The statement, for bounces that this transaction has recorded. Nothing where there is no address. */
export function suppressBounced(found: NewSuppression[], recording: string, now: number) {
  if (found.length === 0) return {};
  const isNew = sql`EXISTS (SELECT 1 FROM bounces b WHERE b.message_pk = j.pk AND b.recording = ${recording})`;
  return { suppressed: run(putOnList(found, 'bounce', isNew, now)) };
}

/**
 * An entry that the tenant made stays as it is, and so does one that is as strong.
 * @param condition on a row `j` with the `pk` of the message
 */
export function putOnList(found: NewSuppression[], source: string, condition: Sql, now: number): Sql {
  // A statement may put an address on the list only once. A complaint is stronger, because no later delivery undoes it.
  const byAddress = new Map<string, NewSuppression & { hash: string }>();
  for (const one of found) {
    const hash = suppressionHash(one.address);
    const key = `${one.tenantId} ${hash}`;
    if (byAddress.get(key)?.reason !== 'complaint') byAddress.set(key, { ...one, hash });
  }
  const table = rowsOf(
    { pk: 'text', tenant: 'text', hash: 'text', address: 'text', reason: 'text' },
    [...byAddress.values()].map(({ pk, tenantId, hash, address, reason }) => ({
      pk,
      tenant: tenantId,
      hash,
      address: canonicalAddress(address),
      reason,
    })),
  );
  return sql`
    INSERT INTO suppressions (tenant_id, hash, address, reason, source, message_id, created_at)
    SELECT t.id, j.hash, j.address, j.reason, ${source}, m.id, ${now}
    FROM ${table} JOIN tenants t ON t.id = j.tenant JOIN messages m ON m.pk = j.pk AND m.tenant_id = t.id
    WHERE ${asksFor(sql`j.reason`)} AND ${condition} ORDER BY t.id, j.hash
    ON CONFLICT (tenant_id, hash) DO UPDATE SET address = COALESCE(suppressions.address, excluded.address),
      reason = excluded.reason, source = excluded.source, message_id = excluded.message_id,
      created_at = excluded.created_at, expires_at = NULL
    WHERE suppressions.expires_at <= ${now}
      OR (suppressions.source <> 'manual' AND suppressions.reason = 'hard_bounce' AND excluded.reason = 'complaint')`;
}
