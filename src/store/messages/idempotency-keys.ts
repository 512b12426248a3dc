// Idempotency keys: a call that is repeated under its key is done once. The key is taken in the transaction that stores
// the call's messages, together with the data of its answer. So a call that died holds no key, and every call that has
// its key can be answered again.
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { jsonArray, jsonArrayOfRows, rowsOf, tryAdvisoryLock } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { messageRooms } from '../tenants/quotas.js';
import { type Refusal, whyRefused } from './upsert.js';

/** How long a call is remembered. */
export const rememberedMs = 86_400_000;

/** A call under an idempotency key. */
export interface KeyedCall {
  /** ULID of this call. */
  call: string;
  /** The tenant; undefined: the admin. */
  caller: string | undefined;
  key: string;
  /** SHA-256, hexadecimal. */
  bodyHash: string;
  /** The messages that were refused before storing, remembered with the key. */
  rejected: { id: string | null; reason: string }[];
}

export interface RememberedCall extends Pick<KeyedCall, 'bodyHash' | 'rejected'> {
  queued: number;
  /** In the order of the call. */
  refused: { id: string; why: Refusal; tenantId: string }[];
}

/** The part of a message that shows whether it was stored. */
interface JudgedMessage {
  tenantId: string;
  id: string;
  revision: string;
  accountId: string | null;
  bytes: number;
  nth: number;
}

/** The call that took this key; undefined when none did, or too long ago. */
export async function findRememberedCall(
  ctx: Needs<'db' | 'clock'>,
  { caller = '', key }: Pick<KeyedCall, 'caller' | 'key'>,
): Promise<RememberedCall | undefined> {
  const row = await ctx.db.read.idempotencyKey.findUnique({ where: { caller_key: { caller, key } } });
  if (row === null || Number(row.createdAt) <= ctx.clock.now() - rememberedMs) return undefined;
  return {
    bodyHash: row.bodyHash,
    rejected: JSON.parse(row.rejected) as RememberedCall['rejected'],
    queued: row.queued,
    refused: refusalsIn(row.refused).map(([, id, why, tenantId]) => ({ id, why, tenantId })),
  };
}

/** A refused message as the database stores it: place in the call, id, reason, tenant. */
type RefusedRow = [number, string, Refusal, string];

export function refusalsIn(json: string | null | undefined): RefusedRow[] {
  return (JSON.parse(json ?? '[]') as RefusedRow[]).sort(([a], [b]) => a - b);
}

/** With the hash of a key, this number makes an advisory lock: "once" in ASCII. */
const lockNumber = 1869505381;

/**
 * The first statement of the transaction; answers with the calls that now have their key. On PostgreSQL, a key that
 * another transaction is just taking is left alone instead of waited for, because other calls share this transaction.
 */
export function takeKeys(calls: KeyedCall[], now: number) {
  const table = rowsOf(
    { call: 'text', caller: 'text', key: 'text', hash: 'text', rejected: 'text' },
    calls.map(({ call, caller = '', key, bodyHash, rejected }) => ({
      call,
      caller,
      key,
      hash: bodyHash,
      rejected: JSON.stringify(rejected),
    })),
  );
  const isFree = tryAdvisoryLock(lockNumber, sql`j.caller || ' ' || j.key`);
  return rows<{ call: string }>(sql`
    INSERT INTO idempotency_keys (call, caller, key, body_hash, rejected, created_at)
    SELECT j.call, j.caller, j.key, j.hash, j.rejected, ${now} FROM ${table} WHERE ${isFree}
    ON CONFLICT (caller, key) DO UPDATE SET call = excluded.call, body_hash = excluded.body_hash,
      rejected = excluded.rejected, queued = 0, refused = NULL, created_at = excluded.created_at
      WHERE idempotency_keys.created_at <= ${now - rememberedMs}
    RETURNING call`);
}

/** A condition on a row `j`: its call has its key, or needs none. */
export const hasItsKey = sql`AND (j.call IS NULL OR EXISTS (SELECT 1 FROM idempotency_keys k WHERE k.call = j.call))`;

/** The last statement of the transaction: stores the verdicts on the messages of each call that has its key. */
export function rememberVerdicts(
  ctx: Needs<'config'>,
  calls: { keyed: KeyedCall; messages: JudgedMessage[] }[],
) {
  const table = rowsOf(
    {
      call: 'text',
      n: 'bigint',
      tenant: 'text',
      id: 'text',
      revision: 'text',
      account: 'text',
      bytes: 'bigint',
      nth: 'bigint',
    },
    calls.flatMap(({ keyed, messages }) =>
      messages.map(({ tenantId, id, revision, accountId, bytes, nth }, n) => ({
        call: keyed.call,
        n,
        tenant: tenantId,
        id,
        revision,
        account: accountId,
        bytes,
        nth,
      })),
    ),
  );
  const rooms = messageRooms(
    ctx,
    calls.flatMap(({ messages }) => messages.map(({ tenantId }) => tenantId)),
  );
  const isStored = sql`m.revision IS NOT NULL AND m.revision = j.revision`;
  const refusals = jsonArrayOfRows(jsonArray(sql`j.n`, sql`j.id`, whyRefused, sql`j.tenant`));
  return rows<{ call: string; refused: string | null }>(sql`
    UPDATE idempotency_keys SET queued = s.stored, refused = CAST(s.refusals AS TEXT)
    FROM (
      SELECT j.call AS of_call, COUNT(*) FILTER (WHERE ${isStored}) AS stored,
        ${refusals} FILTER (WHERE NOT (${isStored})) AS refusals
      FROM ${table} LEFT JOIN ${rooms} ON r.tenant = j.tenant
        LEFT JOIN messages m ON m.tenant_id = j.tenant AND m.id = j.id
      GROUP BY j.call) AS s
    WHERE call = s.of_call
    RETURNING call, refused`);
}

/**
 * Comes after that: a call of which nothing is stored because of a quota leaves its key free, so that it can be repeated
 * once there is room.
 */
export function forgetRefused(calls: Pick<KeyedCall, 'call'>[]) {
  const table = rowsOf(
    { call: 'text' },
    calls.map(({ call }) => ({ call })),
  );
  return run(sql`DELETE FROM idempotency_keys WHERE call IN (SELECT j.call FROM ${table}) AND queued = 0
    AND (refused LIKE '%"max_queued %' OR refused LIKE '%"max_stored_mb %')`);
}
