// Messages as a client sees them (contract section 5), a page at a time in the order they were accepted.
import { isoSeconds, toUnixSeconds } from '../clock.js';
import type { Needs } from '../context.js';
import { type Status, type StoredMessage, shownStatus, statuses } from '../message.js';
import { type ShownEvent, showEvent } from './events.js';
import type { Event, Message, MessageContent, Prisma } from './generated/sqlite/client.js';
import { showRecipients } from './show-recipients.js';
import { withoutNulls } from './without-nulls.js';

export interface MessageFilter {
  activeOnly: boolean;
  includeHistory: boolean;
  status?: ReturnType<typeof shownStatus> | undefined;
  batchCode?: string | undefined;
  accountId?: string | undefined;
  /** Accepted at or after, milliseconds. */
  since?: number | undefined;
  limit: number;
  /** The pk after which the page begins. */
  after?: string | undefined;
}

export interface MessagePage {
  messages: Record<string, unknown>[];
  nextCursor: string | undefined;
}

export async function listMessages(
  ctx: Needs<'db'>,
  tenantId: string,
  filter: MessageFilter,
): Promise<MessagePage> {
  const where: Prisma.MessageWhereInput = {
    tenantId,
    ...(filter.after !== undefined && { pk: { gt: filter.after } }),
    ...(filter.activeOnly && { checkAt: { not: null } }),
    ...(filter.status !== undefined && {
      status: { in: statuses.filter((one) => shownStatus(one) === filter.status) },
    }),
    ...(filter.batchCode !== undefined && { batchCode: filter.batchCode }),
    ...(filter.accountId !== undefined && { accountId: filter.accountId }),
    ...(filter.since !== undefined && { createdAt: { gte: filter.since } }),
  };
  // One more than asked for tells whether there is another page.
  const rows = await ctx.db.read.message.findMany({
    where,
    orderBy: { pk: 'asc' },
    take: filter.limit + 1,
    include: { content: true },
  });
  const page = rows.slice(0, filter.limit);
  const tenant = await ctx.db.read.tenant.findUnique({ where: { id: tenantId }, select: { name: true } });
  const histories = filter.includeHistory ? await historiesOf(ctx, page) : undefined;
  return {
    messages: page.map((row) => ({
      ...showMessage(row, tenant?.name ?? null),
      ...(histories && { history: (histories.get(row.pk) ?? []).map(showEvent) }),
    })),
    nextCursor: rows.length > filter.limit ? page.at(-1)?.pk : undefined,
  };
}

/** One message by the id the tenant gave it; undefined when there is none. */
export async function findMessage(
  ctx: Needs<'db'>,
  tenantId: string,
  id: string,
): Promise<Record<string, unknown> | undefined> {
  const row = await ctx.db.read.message.findUnique({
    where: { tenantId_id: { tenantId, id } },
    include: { content: true, tenant: { select: { name: true } } },
  });
  return row === null ? undefined : showMessage(row, row.tenant.name);
}

/** What happened to a message so far, oldest first; undefined when there is no such message. */
export async function findHistory(
  ctx: Needs<'db'>,
  tenantId: string,
  id: string,
): Promise<ShownEvent[] | undefined> {
  const row = await ctx.db.read.message.findUnique({
    where: { tenantId_id: { tenantId, id } },
    select: { events: { orderBy: { id: 'asc' } } },
  });
  return row?.events.map(showEvent);
}

async function historiesOf(ctx: Needs<'db'>, page: Message[]): Promise<Map<string, Event[]>> {
  const events = await ctx.db.read.event.findMany({
    where: { messagePk: { in: page.map(({ pk }) => pk) } },
    orderBy: { id: 'asc' },
  });
  const histories = new Map<string, Event[]>();
  for (const event of events)
    histories.set(event.messagePk, [...(histories.get(event.messagePk) ?? []), event]);
  return histories;
}

/** Fields that are not known are left out rather than null. */
function showMessage(
  row: Message & { content: MessageContent | null },
  tenantName: string | null,
): Record<string, unknown> {
  const status = row.status as Status;
  const { given, head } = JSON.parse(row.content?.payload ?? '{}') as Partial<StoredMessage>;
  return withoutNulls({
    pk: row.pk,
    id: row.id,
    tenant_id: row.tenantId,
    tenant_name: tenantName,
    account_id: row.accountId,
    priority: row.priority,
    batch_code: row.batchCode,
    status: shownStatus(status),
    deferred_ts: status === 'deferred' ? toUnixSeconds(Number(row.waitUntil ?? row.dueAt)) : null,
    sent_ts: seconds(row.sentAt),
    error_ts: seconds(row.errorAt),
    error: row.error,
    smtp_code: row.smtpCode,
    recipients: showRecipients(row, head) ?? null,
    retry_count: row.retryCount,
    reported_ts: seconds(row.reportedAt),
    created_at: isoSeconds(row.createdAt),
    updated_at: isoSeconds(row.updatedAt),
    message: given ?? null,
  });
}

function seconds(ms: bigint | null): number | null {
  return ms === null ? null : toUnixSeconds(Number(ms));
}
