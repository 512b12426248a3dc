// Keys under which a call is done once: taken in the transaction that stores the call's messages, together with what its
// answer is made of. So a key is never taken by a call that died, and no answer is ever unknown.
import type { Needs } from '../context.js';
import { rowsOf } from '../db/old-sql.js';
import type { Client } from '../db/open.js';
import { Prisma } from '../generated/sqlite/client.js';
import { type Refusal, whyRefused } from './why-refused.js';

/** How long a call is known. */
export const rememberedMs = 86_400_000;

export interface Once {
  /** ULID of this call. */
  call: string;
  /** The tenant; undefined: the admin. */
  caller: string | undefined;
  key: string;
  /** SHA-256, hexadecimal. */
  bodyHash: string;
  /** What was refused before storing, to be kept with the key. */
  rejected: { id: string | null; reason: string }[];
}

export interface RememberedCall extends Pick<Once, 'bodyHash' | 'rejected'> {
  queued: number;
  /** In the order of the call. */
  refused: { id: string; why: Refusal }[];
}

/** What decides about a message whether it was stored. */
interface KeptMessage {
  tenantId: string;
  id: string;
  revision: string;
  accountId: string | null;
}

/** What is known of the call that took this key; undefined when none did, or not in time. */
export async function findRememberedCall(
  ctx: Needs<'db' | 'clock'>,
  { caller = '', key }: Pick<Once, 'caller' | 'key'>,
): Promise<RememberedCall | undefined> {
  const kept = await ctx.db.read.idempotencyKey.findUnique({ where: { caller_key: { caller, key } } });
  if (kept === null || Number(kept.createdAt) <= ctx.clock.now() - rememberedMs) return undefined;
  return {
    bodyHash: kept.bodyHash,
    rejected: JSON.parse(kept.rejected) as RememberedCall['rejected'],
    queued: kept.queued,
    refused: refusalsIn(kept.refused).map(([, id, why]) => ({ id, why })),
  };
}

/** As the database writes them down: place in the call, id, why. */
type RefusedRow = [number, string, Refusal];

export function refusalsIn(json: string | null | undefined): RefusedRow[] {
  return (JSON.parse(json ?? '[]') as RefusedRow[]).sort(([a], [b]) => a - b);
}

/** Any number, which with the hash of a key makes a lock: "once". */
const lockNumber = 1869505381;

/**
 * The first statement of the transaction; returns the calls that now have their key. On PostgreSQL, a key that another
 * transaction is just taking is left alone instead of waited for, because other calls share this transaction.
 */
export function takeKeys(ctx: Needs<'db'>, client: Client, { calls, now }: { calls: Once[]; now: number }) {
  const columns = { call: 'text', caller: 'text', key: 'text', hash: 'text', rejected: 'text' } as const;
  const rows = rowsOf(
    ctx.db.kind,
    columns,
    calls.map(({ call, caller = '', key, bodyHash, rejected }) => ({
      call,
      caller,
      key,
      hash: bodyHash,
      rejected: JSON.stringify(rejected),
    })),
  );
  const isFree =
    ctx.db.kind === 'sqlite'
      ? Prisma.sql`true`
      : Prisma.sql`pg_try_advisory_xact_lock(${lockNumber}::int, hashtext(j.caller || ' ' || j.key))`;
  return client.$queryRaw<{ call: string }[]>`
    INSERT INTO idempotency_keys (call, caller, key, body_hash, rejected, created_at)
    SELECT j.call, j.caller, j.key, j.hash, j.rejected, CAST(${now} AS BIGINT) FROM ${rows} WHERE ${isFree}
    ON CONFLICT (caller, key) DO UPDATE SET call = excluded.call, body_hash = excluded.body_hash,
      rejected = excluded.rejected, queued = 0, refused = NULL, created_at = excluded.created_at
      WHERE idempotency_keys.created_at <= CAST(${now - rememberedMs} AS BIGINT)
    RETURNING call`;
}

/** Holds for the rows `j` of calls that have their key, and of those that need none. */
export const hasItsKey = Prisma.sql`AND (j.call IS NULL OR EXISTS (SELECT 1 FROM idempotency_keys k WHERE k.call = j.call))`;

/** The last statement of the transaction: keeps what became of the messages of each call that has its key. */
export function rememberVerdicts(
  ctx: Needs<'db'>,
  client: Client,
  calls: { once: Once; messages: KeptMessage[] }[],
) {
  const columns = {
    call: 'text',
    n: 'bigint',
    tenant: 'text',
    id: 'text',
    revision: 'text',
    account: 'text',
  } as const;
  const rows = rowsOf(
    ctx.db.kind,
    columns,
    calls.flatMap(({ once, messages }) =>
      messages.map(({ tenantId, id, revision, accountId }, n) => ({
        call: once.call,
        n,
        tenant: tenantId,
        id,
        revision,
        account: accountId,
      })),
    ),
  );
  const refusal = Prisma.sql`j.n, j.id, ${whyRefused}`;
  const list =
    ctx.db.kind === 'sqlite'
      ? Prisma.sql`json_group_array(json_array(${refusal}))`
      : Prisma.sql`jsonb_agg(jsonb_build_array(${refusal}))`;
  const stored = Prisma.sql`m.revision IS NOT NULL AND m.revision = j.revision`;
  return client.$queryRaw<{ call: string; refused: string | null }[]>`
    UPDATE idempotency_keys SET queued = s.stored, refused = CAST(s.list AS TEXT)
    FROM (
      SELECT j.call AS of_call, COUNT(*) FILTER (WHERE ${stored}) AS stored,
        ${list} FILTER (WHERE NOT (${stored})) AS list
      FROM ${rows} LEFT JOIN messages m ON m.tenant_id = j.tenant AND m.id = j.id
      GROUP BY j.call) AS s
    WHERE call = s.of_call
    RETURNING call, refused`;
}
