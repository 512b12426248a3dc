// Finds the messages that a returned mail may be about, by what the returned mail names.
import type { MessageHead } from '../../domain/message.js';
import { recipientsOf } from '../../domain/recipients.js';
import { headOfContent } from '../contents/head-of-content.js';
import type { Needs } from '../context.js';
import { byDatabase, type Sql, sql, verbatim } from '../db/sql.js';
import { listOf } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';

export interface Candidate {
  /** What the returned mail named: a pk, a Message-ID or the id that the tenant gave. */
  key: string;
  pk: string;
  id: string;
  tenantId: string;
  /** When its first attempt began; undefined: nothing has left. */
  firstAttemptAt: number | undefined;
  /** When a server took it, or when it last changed. */
  lastAt: number;
  /** How many mails about it came back so far. */
  bounces: number;
  /** Those of its envelope, in their order. */
  recipients: string[];
}

interface Row {
  k: string;
  pk: string;
  id: string;
  tenant_id: string;
  first_attempt_at: bigint | null;
  last_at: bigint;
  bounces: number;
  head: string | null;
}

const columns =
  verbatim(`m.pk AS pk, m.id AS id, m.tenant_id AS tenant_id, m.first_attempt_at AS first_attempt_at,
  COALESCE(m.sent_at, m.updated_at) AS last_at, m.bounces AS bounces`);
const withHead = sql`LEFT JOIN message_contents c ON c.message_pk = m.pk`;

export async function findByPk(ctx: Needs<'db'>, pks: string[]): Promise<Candidate[]> {
  if (pks.length === 0) return [];
  return find(ctx, sql`m.pk`, sql`messages m ${withHead} WHERE m.pk IN ${listOf(pks)}`);
}

/** By ids of mails that are stored with the attempt, because the pk does not tell them. */
export async function findByMailId(ctx: Needs<'db'>, ids: string[]): Promise<Candidate[]> {
  if (ids.length === 0) return [];
  const from = sql`mail_ids i JOIN messages m ON m.pk = i.message_pk ${withHead} WHERE i.id IN ${listOf(ids)}`;
  return find(ctx, sql`i.id`, from);
}

/**
 * By the ids that tenants gave.
 * @param tenantId null: of all tenants
 */
export async function findByTenantsId(
  ctx: Needs<'db'>,
  tenantId: string | null,
  ids: string[],
): Promise<Candidate[]> {
  if (ids.length === 0) return [];
  const named = listOf(ids);
  if (tenantId !== null) {
    return find(
      ctx,
      sql`m.id`,
      sql`messages m ${withHead} WHERE m.tenant_id = ${tenantId} AND m.id IN ${named}`,
    );
  }
  // No index has the ids of all tenants, so each tenant is asked. PostgreSQL would read all messages instead.
  const ofEachTenant = byDatabase({
    sqlite: sql`CROSS JOIN messages m ON m.tenant_id = t.id AND m.id IN ${named}`,
    postgresql: sql`CROSS JOIN LATERAL (
      SELECT * FROM messages WHERE tenant_id = t.id AND id IN ${named} OFFSET 0) AS m`,
  });
  return find(ctx, sql`m.id`, sql`tenants t ${ofEachTenant} ${withHead}`);
}

async function find(ctx: Needs<'db'>, key: Sql, from: Sql): Promise<Candidate[]> {
  const found = await ctx.db.query(
    rows<Row>(sql`SELECT ${key} AS k, ${columns}, ${headOfContent} AS head FROM ${from}`),
  );
  return found.map((row) => ({
    key: row.k,
    pk: row.pk,
    id: row.id,
    tenantId: row.tenant_id,
    firstAttemptAt: row.first_attempt_at === null ? undefined : Number(row.first_attempt_at),
    lastAt: Number(row.last_at),
    bounces: row.bounces,
    recipients: row.head === null ? [] : recipientsOf(JSON.parse(row.head) as MessageHead),
  }));
}
