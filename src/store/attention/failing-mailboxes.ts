// Mailboxes for bounces that are to be read and cannot be.
import { listMailboxes } from '../bounce-mailboxes/find-mailbox.js';
import type { Needs } from '../context.js';

interface FailingMailbox {
  /** Null: the installation's. */
  tenantId: string | null;
  accountId: string | null;
  error: string;
  /** Of the last failure. */
  at: number;
  retryAt: number | undefined;
}

/** @param tenantId undefined: of all tenants, and the installation's */
export async function findFailingMailboxes(
  ctx: Needs<'db'>,
  tenantId: string | undefined,
  limit: number,
): Promise<FailingMailbox[]> {
  const failing = await ctx.db.read.bounceMailbox.findMany({
    where: { state: 'failing', ...(tenantId !== undefined && { tenantId }) },
    select: { id: true, tenantId: true, accountId: true, error: true, errorAt: true, retryAt: true },
    orderBy: { id: 'asc' },
    take: limit,
  });
  if (failing.length === 0) return [];
  // One that was switched off since then is nothing to look after.
  const inUse = new Set((await listMailboxes(ctx)).map(({ id }) => id));
  return failing
    .filter(({ id }) => inUse.has(id))
    .map(({ tenantId, accountId, error, errorAt, retryAt }) => ({
      tenantId,
      accountId,
      error: error ?? '',
      at: Number(errorAt ?? 0),
      retryAt: retryAt === null ? undefined : Number(retryAt),
    }));
}
