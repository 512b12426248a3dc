// Stores mails that came back, with what they mean for their messages: results, events and suppressed addresses.
import { randomUUID } from 'node:crypto';
import type { BouncedRecipient, ReturnedKind } from '../../domain/bounce/bounced-recipient.js';
import type { BounceReason } from '../../domain/bounce/reason.js';
import type { Needs } from '../context.js';
import { empty, type Sql, sql, verbatim } from '../db/sql.js';
import { forUpdateOf, listOf, onPostgres, rowsOf } from '../db/sql-parts.js';
import { type Run, rows, run } from '../db/transaction.js';
import { appendEvents } from '../events/append.js';
import { type NewSuppression, suppressBounced } from '../suppressions/suppress-bounced.js';

/** What proves which message a returned mail is about, the strongest first. */
export type Proof = 'verp' | 'message_id' | 'provider_id' | 'mail_id';

/** Times in milliseconds since the epoch. */
export interface NewBounce {
  uidValidity: bigint;
  uid: number;
  sha256: string;
  receivedAt: number;
  kind: ReturnedKind;
  rank: number;
  type: 'hard' | 'soft' | undefined;
  code: string | undefined;
  reason: BounceReason | undefined;
  /** In the words of the server. */
  description: string | undefined;
  /** What was understood, for people. */
  understood: Record<string, unknown>;
  /** Undefined: no message is proved to be meant. */
  match:
    | { pk: string; proof: Proof; results: BouncedRecipient[]; metadata: Record<string, unknown> }
    | undefined;
  suppressions: NewSuppression[];
}

interface Mailbox {
  id: string;
  tenantId: string | null;
}

interface Recorded {
  uid: bigint | number;
  uid_validity: bigint | number;
  tenant_id: string | null;
}

const columns = {
  uid_validity: 'bigint',
  uid: 'bigint',
  sha256: 'text',
  received_at: 'bigint',
  kind: 'text',
  rank: 'bigint',
  type: 'text',
  code: 'text',
  reason: 'text',
  description: 'text',
  understood: 'text',
  pk: 'text',
  proof: 'text',
  results: 'text',
  metadata: 'text',
} as const;

/**
 * A mail that this mailbox has given before, or that another one has given for the same message, changes nothing.
 * @param areKnown they are recorded already, and only their message was not known
 * @param progress runs in the same transaction
 * @returns the mails that were new, with the tenant of their message, and how many rows `progress` changed
 */
export async function storeBounces(
  ctx: Needs<'db' | 'clock'>,
  given: { mailbox: Mailbox; bounces: NewBounce[]; areKnown?: boolean; progress?: Run },
): Promise<{ recorded: Recorded[]; progressed: number }> {
  const { mailbox, bounces, areKnown = false, progress } = given;
  const now = ctx.clock.now();
  const recording = randomUUID();
  const table = rowsOf(columns, bounces.map(toRow));
  const pks = bounces.flatMap(({ match }) => match?.pk ?? []);
  const { recorded, progressed } = await ctx.db.transaction({
    ...(pks.length > 0 && { lock: run(lockMessages(pks)) }),
    ...(bounces.length > 0 && {
      written: run(areKnown ? update(table, mailbox, recording) : insert(table, mailbox, recording, now)),
      recorded: rows<Recorded>(sql`SELECT b.uid, b.uid_validity, b.tenant_id
        FROM ${recordedOf(table, mailbox, recording)}`),
    }),
    ...(pks.length > 0 && {
      events: appendEvents({
        type: sql`b.kind`,
        at: sql`b.received_at`,
        description: sql`j.description`,
        metadata: sql`j.metadata`,
        from: sql`${recordedOf(table, mailbox, recording, sql`JOIN messages m ON m.pk = b.message_pk`)} ORDER BY b.id`,
      }),
      results: run(updateMessages(recording, pks, now)),
      ...suppressBounced(
        bounces.flatMap(({ suppressions }) => suppressions),
        recording,
        now,
      ),
    }),
    ...(progress && { progressed: progress }),
  });
  return { recorded: recorded ?? [], progressed: progressed ?? 0 };
}

/** What this transaction has written, as rows `b` of bounces and `j` of the table. */
function recordedOf(table: Sql, mailbox: Mailbox, recording: string, joined: Sql = empty): Sql {
  return sql`${table} JOIN bounces b
    ON b.mailbox_id = ${mailbox.id} AND b.uid_validity = j.uid_validity AND b.uid = j.uid ${joined}
    WHERE b.recording = ${recording}`;
}

/** A message may have been deleted since it was found. */
function insert(table: Sql, mailbox: Mailbox, recording: string, now: number): Sql {
  return sql`
    INSERT INTO bounces (recording, mailbox_id, mailbox_tenant, uid_validity, uid, sha256, tenant_id, message_pk,
      proof, kind, rank, type, code, reason, received_at, recorded_at, understood, results)
    SELECT ${recording}, ${mailbox.id}, ${mailbox.tenantId}, j.uid_validity, j.uid, j.sha256, m.tenant_id, m.pk,
      CASE WHEN m.pk IS NOT NULL THEN j.proof END, j.kind, j.rank, j.type, j.code, j.reason, j.received_at, ${now},
      j.understood, CASE WHEN m.pk IS NOT NULL THEN j.results END
    FROM ${table} LEFT JOIN messages m ON m.pk = j.pk WHERE true ORDER BY j.uid_validity, j.uid
    ON CONFLICT DO NOTHING`;
}

/** Gives the message to those that had none. */
function update(table: Sql, mailbox: Mailbox, recording: string): Sql {
  return sql`UPDATE bounces SET recording = ${recording}, tenant_id = n.owner, message_pk = n.pk, proof = n.proof,
      kind = n.kind, rank = n.rank, type = n.type, code = n.code, reason = n.reason, results = n.results
    FROM (SELECT b.id AS row_id, m.tenant_id AS owner, m.pk AS pk, j.proof AS proof, j.kind AS kind, j.rank AS rank,
        j.type AS type, j.code AS code, j.reason AS reason, j.results AS results
      FROM ${table} JOIN messages m ON m.pk = j.pk JOIN bounces b
        ON b.mailbox_id = ${mailbox.id} AND b.uid_validity = j.uid_validity AND b.uid = j.uid AND b.message_pk IS NULL
      WHERE NOT EXISTS (SELECT 1 FROM bounces o WHERE o.message_pk = j.pk AND o.sha256 = b.sha256)) AS n
    WHERE bounces.id = n.row_id`;
}

function toRow(bounce: NewBounce) {
  const { match } = bounce;
  return {
    uid_validity: Number(bounce.uidValidity),
    uid: bounce.uid,
    sha256: bounce.sha256,
    received_at: bounce.receivedAt,
    kind: bounce.kind,
    rank: bounce.rank,
    type: bounce.type ?? null,
    code: bounce.code ?? null,
    reason: bounce.reason ?? null,
    description: bounce.description ?? null,
    understood: JSON.stringify(bounce.understood),
    pk: match?.pk ?? null,
    proof: match?.proof ?? null,
    results: match ? JSON.stringify(match.results) : null,
    metadata: match ? JSON.stringify(match.metadata) : null,
  };
}

/** So that no message is deleted between the look for it and the bounce that names it. */
function lockMessages(pks: string[]): Sql {
  return onPostgres(
    sql`SELECT pk FROM messages m WHERE pk IN ${listOf(pks)} ORDER BY pk ${forUpdateOf('m')}`,
  );
}

/** Sets the strongest of all bounces of a message, whatever order they came in. */
function updateMessages(recording: string, pks: string[], now: number): Sql {
  const strongest = (column: string) => sql`(SELECT ${verbatim(`b.${column}`)} FROM bounces b
    WHERE b.message_pk = m.pk AND b.rank > 0 ORDER BY b.rank DESC, b.id DESC LIMIT 1)`;
  return sql`UPDATE messages AS m SET bounces = (SELECT COUNT(*) FROM bounces b WHERE b.message_pk = m.pk),
      bounce_type = ${strongest('type')}, bounce_code = ${strongest('code')}, bounce_reason = ${strongest('reason')},
      bounce_at = ${strongest('received_at')}, updated_at = ${now}
    WHERE m.pk IN ${listOf(pks)}
      AND EXISTS (SELECT 1 FROM bounces b WHERE b.message_pk = m.pk AND b.recording = ${recording})`;
}
