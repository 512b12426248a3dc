// Lists the mails that came back, and what was understood of them.
import { toUnixSeconds } from '../../clock.js';
import type { ReturnedKind } from '../../domain/bounce/bounced-recipient.js';
import type { Needs } from '../context.js';
import { bytesOf, type Hold, type Page, type PageAsked, readPageOf } from '../db/cut-at-bytes.js';
import { join, sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { withoutNulls } from '../db/without-nulls.js';
import type { Proof } from './record.js';

interface Row {
  id: bigint | number;
  mailbox_id: string;
  tenant_id: string | null;
  message_pk: string | null;
  message_id: string | null;
  proof: Proof | null;
  kind: ReturnedKind;
  type: 'hard' | 'soft' | null;
  code: string | null;
  reason: string | null;
  received_at: bigint;
  recorded_at: bigint;
  understood: string;
}

interface Understood {
  recipients: ({ address: string } & Record<string, unknown>)[];
  recipients_left_out?: number;
  returned: { message_ids: string[]; mail_id?: string; envelope_sender?: string; to: string[] };
}

interface BounceFilter extends PageAsked {
  /** Of messages of this tenant; with `unmatched`, of its mailboxes. Undefined: of all. */
  tenantId: string | undefined;
  /** Only those of which no message is known, or only the others; undefined: all. */
  isUnmatched: boolean | undefined;
}

/**
 * In the order in which they were recorded.
 * @param hold is awaited before as many bytes are read
 */
export async function listBounces(ctx: Needs<'db'>, filter: BounceFilter, hold: Hold) {
  const { tenantId, isUnmatched, after = '0', limit } = filter;
  const conditions = [
    sql`id > ${Number(after)}`,
    ...(isUnmatched === undefined
      ? []
      : [isUnmatched ? sql`message_pk IS NULL` : sql`message_pk IS NOT NULL`]),
    ...(tenantId === undefined
      ? []
      : [isUnmatched ? sql`mailbox_tenant = ${tenantId}` : sql`tenant_id = ${tenantId}`]),
  ];
  const onPage = sql`bounces WHERE ${join(conditions, ' AND ')} ORDER BY id`;
  const sizes = await ctx.db.query(
    rows<{ bytes: number | bigint }>(
      sql`SELECT ${bytesOf('understood')} AS bytes FROM ${onPage} LIMIT ${limit + 1}`,
    ),
  );
  const read = async (count: number) =>
    (
      await ctx.db.query(
        rows<Row>(sql`
          SELECT b.id, b.mailbox_id, b.tenant_id, b.message_pk, m.id AS message_id, b.proof, b.kind, b.type, b.code,
            b.reason, b.received_at, b.recorded_at, b.understood
          FROM (SELECT * FROM ${onPage} LIMIT ${count}) AS b LEFT JOIN messages m ON m.pk = b.message_pk ORDER BY b.id`),
      )
    ).map(showBounce);
  const page: Page<ReturnType<typeof showBounce>> = await readPageOf(sizes, filter, hold, read, ({ id }) =>
    String(id),
  );
  return page;
}

/** A field without a value is left out. */
function showBounce(row: Row) {
  const { recipients, recipients_left_out, returned } = JSON.parse(row.understood) as Understood;
  return withoutNulls({
    id: Number(row.id),
    mailbox_id: row.mailbox_id,
    tenant_id: row.tenant_id,
    message_id: row.message_id,
    pk: row.message_pk,
    matched_by: row.proof,
    kind: row.kind,
    bounce_type: row.type,
    bounce_code: row.code,
    bounce_reason: row.reason,
    bounce_ts: toUnixSeconds(Number(row.received_at)),
    recorded_ts: toUnixSeconds(Number(row.recorded_at)),
    recipients,
    recipients_left_out: recipients_left_out ?? null,
    returned,
  });
}
