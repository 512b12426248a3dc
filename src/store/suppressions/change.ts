// Puts addresses on a tenant's suppression list, and takes them off it.
import { canonicalAddress } from '../../domain/canonical-address.js';
import type { Needs } from '../context.js';
import { type Sql, sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { suppressionHash } from './suppression-hash.js';

export const suppressionSources = ['manual', 'bounce', 'sending'] as const;

interface GivenSuppression {
  /** Undefined: only the hash is known, because the address was forgotten. */
  address: string | undefined;
  hash: string | undefined;
  reason: string;
  source: (typeof suppressionSources)[number];
  messageId: string | undefined;
  /** Milliseconds since the epoch; undefined: now, and never. */
  createdAt: number | undefined;
  expiresAt: number | undefined;
}

/** Rows that one statement writes, because on SQLite nothing else runs in the process meanwhile. */
const rowsAtOnce = 500;

/** Whether the list stays within `GMP_TENANT_MAX_SUPPRESSIONS` with these. Of two calls at once each counts its own alone. */
export async function hasRoom(
  ctx: Needs<'db' | 'config'>,
  tenantId: string,
  given: GivenSuppression[],
): Promise<boolean> {
  const most = ctx.config.tenantMaxSuppressions;
  if (most === 0) return true;
  const hashes = new Set(given.map(hashOfGiven));
  const count = async (condition: Sql) => {
    const [found] = await ctx.db.query(
      rows<{ n: number | bigint }>(
        sql`SELECT COUNT(*) AS n FROM suppressions WHERE tenant_id = ${tenantId} AND ${condition}`,
      ),
    );
    return Number(found?.n ?? 0);
  };
  const room = most - (await count(sql`true`));
  if (hashes.size <= room) return true;
  const table = rowsOf(
    { hash: 'text' },
    [...hashes].map((hash) => ({ hash })),
  );
  const known = await count(sql`hash IN (SELECT j.hash FROM ${table})`);
  // What is there is replaced, also where the list is longer than it may be.
  return hashes.size - known <= Math.max(room, 0);
}

/** An entry that is there is replaced. Of two for one address the last counts. @returns how many addresses */
export async function addSuppressions(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string,
  given: GivenSuppression[],
): Promise<number> {
  const byHash = new Map(given.map((one) => [hashOfGiven(one), one]));
  const entries = [...byHash].sort(([a], [b]) => (a < b ? -1 : 1));
  const now = ctx.clock.now();
  let added = 0;
  for (let at = 0; at < entries.length; at += rowsAtOnce) {
    const table = rowsOf(
      {
        hash: 'text',
        address: 'text',
        reason: 'text',
        source: 'text',
        message_id: 'text',
        created_at: 'bigint',
        expires_at: 'bigint',
      },
      entries.slice(at, at + rowsAtOnce).map(([hash, one]) => ({
        hash,
        address: one.address === undefined ? null : canonicalAddress(one.address),
        reason: one.reason,
        source: one.source,
        message_id: one.messageId ?? null,
        created_at: one.createdAt ?? now,
        expires_at: one.expiresAt ?? null,
      })),
    );
    const { put } = await ctx.db.transaction({
      put: run(sql`
        INSERT INTO suppressions (tenant_id, hash, address, reason, source, message_id, created_at, expires_at)
        SELECT t.id, j.hash, j.address, j.reason, j.source, j.message_id, j.created_at, j.expires_at
        FROM ${table} JOIN tenants t ON t.id = ${tenantId} AND t.deleted_at IS NULL WHERE true
        ON CONFLICT (tenant_id, hash) DO UPDATE SET address = COALESCE(excluded.address, suppressions.address),
          reason = excluded.reason, source = excluded.source, message_id = excluded.message_id,
          created_at = excluded.created_at, expires_at = excluded.expires_at`),
    });
    added += put;
  }
  return added;
}

/** @returns those that were on the list, as they were given */
export async function removeSuppressions(
  ctx: Needs<'db'>,
  tenantId: string,
  given: string[],
): Promise<Set<string>> {
  const removed = new Set<string>();
  for (let at = 0; at < given.length; at += rowsAtOnce) {
    const byHash = new Map(given.slice(at, at + rowsAtOnce).map((one) => [hashOf(one), one]));
    const table = rowsOf(
      { hash: 'text' },
      [...byHash.keys()].map((hash) => ({ hash })),
    );
    const { gone } = await ctx.db.transaction({
      gone: rows<{ hash: string }>(sql`DELETE FROM suppressions
        WHERE tenant_id = ${tenantId} AND hash IN (SELECT j.hash FROM ${table}) RETURNING hash`),
    });
    const hashes = new Set(gone.map(({ hash }) => hash));
    for (const one of given.slice(at, at + rowsAtOnce)) if (hashes.has(hashOf(one))) removed.add(one);
  }
  return removed;
}

function hashOfGiven({ hash, address }: GivenSuppression): string {
  return hash ?? suppressionHash(address ?? '');
}

/** Of forgotten addresses only the hash is known. */
function hashOf(addressOrHash: string): string {
  return addressOrHash.includes('@') ? suppressionHash(addressOrHash) : addressOrHash;
}

/** Leaves the hashes of addresses on the list, so that they are still not sent to. */
export async function forgetSuppressed(
  ctx: Needs<'db'>,
  tenantId: string,
  addresses: string[],
): Promise<void> {
  const table = rowsOf(
    { hash: 'text' },
    addresses.map((address) => ({ hash: suppressionHash(address) })),
  );
  await ctx.db.transaction({
    forgotten: run(sql`UPDATE suppressions SET address = NULL, message_id = NULL
      WHERE tenant_id = ${tenantId} AND hash IN (SELECT j.hash FROM ${table})`),
  });
}
