// A deleted tenant is removed in small steps, whatever it has most of, and all of it, and nothing of another one.
import { expect, test } from 'vitest';
import { type Sql, sql } from '../../../src/store/db/sql.js';
import { rows, run, type Transaction } from '../../../src/store/db/transaction.js';
import { removeOldLinks } from '../../../src/store/files/file-links.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { addSuppressions } from '../../../src/store/suppressions/change.js';
import { deleteTenant, removeDeleted } from '../../../src/store/tenants/delete.js';
import { addTenant, freshStore, newMessage, type StoreContext } from '../../support/stage/open-store.js';

const many = 1200;

const counting = sql`WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ${many})`;

/** Mails that came back, known and unknown, links, keys and suppressed addresses, more than one step takes. */
async function settle(ctx: StoreContext, id: string): Promise<void> {
  await addTenant(ctx, id);
  const message = newMessage(ctx, { tenantId: id });
  await insertMessages(ctx, [{ messages: [message] }]);
  const bounces = (mailbox: string, tenant: string | null, pk: string | null): Sql => sql`
    INSERT INTO bounces (recording, mailbox_id, mailbox_tenant, uid_validity, uid, sha256, tenant_id, message_pk, kind,
      rank, received_at, recorded_at, understood)
    ${counting} SELECT 'r', ${mailbox}, ${tenant}, 1, n, ${mailbox} || n, ${pk === null ? null : id}, ${pk}, 'bounce', 3,
      1, 1, '{}' FROM c`;
  await ctx.db.transaction({
    known: run(bounces(`instance-${id}`, null, message.pk)),
    unknown: run(bounces(`${id}/main`, id, null)),
    keys: run(sql`INSERT INTO idempotency_keys (call, caller, key, body_hash, rejected, created_at)
      ${counting} SELECT ${id} || n, ${id}, 'key' || n, '', '[]', 1 FROM c`),
    link: run(sql`INSERT INTO file_links
      (id, tenant_id, message_pk, message_id, revision, n, filename, mime_type, size, secret, expires_at)
      VALUES (${id}, ${id}, ${message.pk}, 'm', 'r', 0, 'a', 'b', 1, '', ${Number.MAX_SAFE_INTEGER})`),
  });
  const at = { hash: undefined, messageId: undefined, createdAt: undefined, expiresAt: undefined };
  const entries = Array.from({ length: many }, (_, n) => ({
    ...at,
    address: `a${n}@example.org`,
    reason: 'manual',
    source: 'manual' as const,
  }));
  expect(await addSuppressions(ctx, id, entries)).toBe(many);
}

async function count(ctx: StoreContext, id: string) {
  const found = await ctx.db.query(
    rows<{ n: number | bigint }>(sql`
      SELECT COUNT(*) AS n FROM bounces WHERE tenant_id = ${id} OR mailbox_tenant = ${id}
      UNION ALL SELECT COUNT(*) FROM suppressions WHERE tenant_id = ${id}
      UNION ALL SELECT COUNT(*) FROM idempotency_keys WHERE caller = ${id}
      UNION ALL SELECT COUNT(*) FROM file_links WHERE tenant_id = ${id}`),
  );
  return found.map(({ n }) => Number(n));
}

test('no statement removes more than 500 rows that came back, suppressions or keys, and none are left', async () => {
  const { ctx } = await freshStore();
  for (const id of ['gone', 'stays']) await settle(ctx, id);
  const had = [2 * many, many, many, 1];
  expect(await count(ctx, 'gone')).toEqual(had);
  const removed: number[] = [];
  const watched = {
    ...ctx,
    db: {
      ...ctx.db,
      transaction: (async (statements) => {
        const results = await ctx.db.transaction(statements);
        removed.push(...Object.values(results).filter((one) => typeof one === 'number'));
        return results;
      }) as Transaction,
    },
  };
  expect(await deleteTenant(watched, 'gone')).toBe(true);
  expect(await removeDeleted(watched, new AbortController().signal)).toBe(true);
  expect(Math.max(...removed)).toBe(500);
  expect(await removeOldLinks(ctx, 100)).toBe(1);
  expect(await count(ctx, 'gone')).toEqual([0, 0, 0, 0]);
  expect(await count(ctx, 'stays')).toEqual(had);
});
