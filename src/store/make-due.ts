// Makes the time for a look of unsent messages come now, so that the next sweep queues them: page by page, so that
// nothing waits for a hundred thousand rows.
import type { Needs } from '../context.js';
import { Prisma } from './generated/sqlite/client.js';
import { notSuspended } from './not-suspended.js';

/** The time for a look of what is suspended: activating it sets another. */
export const neverLooked = Number.MAX_SAFE_INTEGER;

const pageSize = 1000;
const unsent = Prisma.sql`messages.check_at IS NOT NULL AND messages.status IN ('pending', 'deferred')`;

/** The unsent messages of a tenant, or of one batch of it. */
export async function makeTenantDue(ctx: Needs<'db'>, tenantId: string, batchCode?: string): Promise<void> {
  const ofBatch = batchCode === undefined ? Prisma.empty : Prisma.sql`AND messages.batch_code = ${batchCode}`;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const page = await update(
      ctx,
      Prisma.sql`messages.tenant_id = ${tenantId} AND messages.pk > ${after} AND ${unsent} ${ofBatch}
        ORDER BY messages.pk`,
    );
    after = page.length < pageSize ? undefined : page.reduce((last, pk) => (pk > last ? pk : last), '');
  }
}

/** Every unsent message. */
export async function makeAllDue(ctx: Needs<'db'>): Promise<void> {
  while ((await update(ctx, Prisma.sql`messages.check_at > 0 AND ${unsent}`)).length === pageSize);
}

/** What is no longer suspended, but whoever activated it did not get to the end. */
export async function makeForgottenDue(ctx: Needs<'db'>): Promise<void> {
  const which = Prisma.sql`messages.check_at = CAST(${neverLooked} AS BIGINT) AND ${unsent} AND ${notSuspended}`;
  while ((await update(ctx, which)).length === pageSize);
}

async function update(ctx: Needs<'db'>, which: Prisma.Sql): Promise<string[]> {
  const [updated] = await ctx.db.write<[{ pk: string }[]]>((client) => [
    client.$queryRaw<{ pk: string }[]>`
      UPDATE messages SET check_at = 0
      WHERE pk IN (SELECT messages.pk FROM messages WHERE ${which} LIMIT ${pageSize})
        AND check_at IS NOT NULL AND status IN ('pending', 'deferred')
      RETURNING pk`,
  ]);
  return updated.map(({ pk }) => pk);
}
