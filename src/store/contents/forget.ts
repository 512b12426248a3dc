// Deletes all messages of a tenant from or to an address, a few at a time, so that other work goes on in between.
import { canonicalAddress } from '../../domain/canonical-address.js';
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { inSteps, pace } from '../messages/clean-up.js';
import { deleteMessages } from '../messages/delete.js';
import { forgetSuppressed } from '../suppressions/change.js';
import { headOfContent } from './head-of-content.js';

const pageSize = 200;

interface Row {
  pk: string;
  id: string;
  attempts: number;
  bytes: number | bigint | null;
  head: string | null;
}

type Deleted = Awaited<ReturnType<typeof deleteMessages>>;

/**
 * Reads all contents of the tenant, because no index tells whose mail a message is.
 * @param addresses without regard to capital and small letters
 * @param stop ends it between two pages
 * @returns after each step the messages deleted in it, with the number of their events
 */
export async function* forgetAddresses(
  ctx: Needs<'db' | 'clock'>,
  tenantId: string,
  addresses: string[],
  stop?: AbortSignal,
): AsyncGenerator<{ deleted: Deleted; events: number }> {
  const wanted = new Set(addresses.map(canonicalAddress));
  await forgetSuppressed(ctx, tenantId, addresses);
  const paced = pace(ctx.clock, stop);
  // Hashes of recipients and senders, which only serve for an hour.
  await ctx.db.transaction({ encounters: run(sql`DELETE FROM encounters WHERE tenant_id = ${tenantId}`) });
  let after = '';
  for (;;) {
    const page = await paced(() => ctx.db.query(nextPage(tenantId, after)));
    const found = page.filter(({ head: text }) => text !== null && names(JSON.parse(text), wanted));
    const ids = new Map(found.map(({ pk, id }) => [pk, id]));
    for (const pks of inSteps(found)) {
      const events = await countEvents(ctx, pks);
      const named = pks.flatMap((pk) => ids.get(pk) ?? []);
      yield { deleted: await paced(() => deleteMessages(ctx, tenantId, named)), events };
    }
    const last = page.at(-1);
    if (last === undefined || stop?.aborted) return;
    after = last.pk;
  }
}

function nextPage(tenantId: string, after: string) {
  return rows<Row>(sql`
    SELECT m.pk AS pk, m.id AS id, m.attempts AS attempts, octet_length(c.payload) AS bytes, ${headOfContent} AS head
    FROM messages m LEFT JOIN message_contents c ON c.message_pk = m.pk
    WHERE m.tenant_id = ${tenantId} AND m.pk > ${after} ORDER BY m.pk LIMIT ${pageSize}`);
}

async function countEvents(ctx: Needs<'db'>, pks: string[]): Promise<number> {
  const named = rowsOf(
    { pk: 'text' },
    pks.map((pk) => ({ pk })),
  );
  const [counted] = await ctx.db.query(
    rows<{ n: number | bigint }>(sql`
      SELECT COUNT(*) AS n FROM events WHERE message_pk IN (SELECT j.pk FROM ${named})`),
  );
  return Number(counted?.n ?? 0);
}

/** Whether any address in the head, in whatever field, is wanted. */
function names(part: unknown, wanted: Set<string>): boolean {
  if (typeof part === 'string') {
    const bare = /<([^<>]+)>$/.exec(part)?.[1] ?? part;
    return bare.includes('@') && wanted.has(canonicalAddress(bare));
  }
  if (typeof part !== 'object' || part === null) return false;
  return Object.values(part).some((one) => names(one, wanted));
}
