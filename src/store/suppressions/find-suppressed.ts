// Says which recipients of messages are on the suppression lists of their tenants.
import { canonicalAddress } from '../../domain/canonical-address.js';
import type { Needs } from '../context.js';
import { batched } from '../db/per-database.js';
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';
import { asksFor } from './asks-for.js';
import { suppressionHash } from './suppression-hash.js';

interface Question {
  tenantId: string;
  addresses: string[];
}

/** Of a row `s` of suppressions: whether it has an effect, with the tenant's `suppress` in a row `t`. */
const hasEffect = sql`(s.source = 'manual' OR ${asksFor(sql`s.reason`)})`;

/** @returns for each question the reasons, by canonical address */
async function findSuppressed(
  ctx: Needs<'db' | 'clock'>,
  questions: Question[],
): Promise<Map<string, string>[]> {
  const asked = questions.flatMap(({ tenantId, addresses }, n) =>
    addresses.map((address) => ({
      n,
      tenant: tenantId,
      hash: suppressionHash(address),
      address: canonicalAddress(address),
    })),
  );
  const table = rowsOf({ n: 'bigint', tenant: 'text', hash: 'text', address: 'text' }, asked);
  const found = await ctx.db.query(
    rows<{ n: number | bigint; address: string; reason: string }>(sql`
      SELECT j.n AS n, j.address AS address, s.reason AS reason
      FROM ${table} JOIN suppressions s ON s.tenant_id = j.tenant AND s.hash = j.hash
      JOIN tenants t ON t.id = s.tenant_id
      WHERE ${hasEffect} AND (s.expires_at IS NULL OR s.expires_at > ${ctx.clock.now()})`),
  );
  const answers = questions.map(() => new Map<string, string>());
  for (const { n, address, reason } of found) answers[Number(n)]?.set(address, reason);
  return answers;
}

/** For one message: the reasons, by canonical address. */
export const findSuppressedBatched = batched((ctx: Needs<'db' | 'clock'>, questions: Question[]) =>
  findSuppressed(ctx, questions),
);
