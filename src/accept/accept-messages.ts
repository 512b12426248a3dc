// Takes in the messages of one call: checks each, stores the good ones in one transaction, and asks for their sending.
import { monotonicFactory } from 'ulid';
import type { Needs } from '../context.js';
import { enqueueSend } from '../enqueue/enqueue-send.js';
import type { MessageHead, StoredMessage } from '../message.js';
import { findDefaultAccount, instanceAccount } from '../store/accounts.js';
import type { InsertVerdict, NewMessage } from '../store/insert-messages.js';
import { firstLookAt } from '../store/sweep-messages.js';
import { findExcess } from './find-excess.js';
import { describeFaults, type MessageInput, messageInput } from './message-input.js';

export interface Acceptance {
  queued: number;
  rejected: { id: string | null; reason: string }[];
  /** Whether all that was rejected had been sent before: nothing is wrong with such a call. */
  onlySentBefore: boolean;
}

const reasons: Record<Extract<InsertVerdict, { kind: 'refused' }>['why'], string> = {
  no_account: 'account not found for tenant',
  already_sent: 'already sent',
  being_sent: 'being sent; try again when it is known how that ended',
};

/** ULIDs of one process keep rising, also within a millisecond and when the clock is put back. */
const nextUlid = monotonicFactory();

/** How long checking may hold up other calls at a stretch. */
const longestTurnMs = 20;

type CheckedMessage = Omit<NewMessage, 'pk' | 'revision'>;

type AcceptNeeds = Needs<'clock' | 'config' | 'db' | 'gathered' | 'queues' | 'redis' | 'log'>;

/**
 * When this resolves, every queued message is durable; that it gets onto its queue is not waited for.
 * @param tenantId the tenant of the token; undefined for the admin, whose messages each name theirs
 */
export async function acceptMessages(
  ctx: AcceptNeeds,
  tenantId: string | undefined,
  given: Record<string, unknown>[],
  defaultPriority: number | undefined,
): Promise<Acceptance> {
  const rejected: Acceptance['rejected'] = [];
  const good: CheckedMessage[] = [];
  const defaults = new Map<string, Promise<string | null>>();
  const defaultAccount = (tenant: string) => {
    const known = defaults.get(tenant) ?? findDefaultAccount(ctx, tenant);
    defaults.set(tenant, known);
    return known;
  };
  let turnBegan = ctx.clock.now();
  for (const message of given) {
    if (ctx.clock.now() - turnBegan > longestTurnMs) {
      await new Promise((resolve) => setImmediate(resolve));
      turnBegan = ctx.clock.now();
    }
    const checked = await check(ctx, { tenantId, defaultPriority, defaultAccount }, message);
    if (typeof checked !== 'string') good.push(checked);
    else rejected.push({ id: typeof message.id === 'string' ? message.id : null, reason: checked });
  }
  // Named at once before they are stored: so they are stored in the order of their pks, which pages of a list rely on.
  const messages = good.map((message): NewMessage => {
    const pk = nextUlid(ctx.clock.now());
    return { ...message, pk, revision: pk };
  });
  const verdicts = messages.length === 0 ? [] : await ctx.gathered.insertMessages(messages);
  const toSend = [];
  let sentBefore = 0;
  for (const [i, verdict] of verdicts.entries()) {
    const message = messages[i];
    if (message === undefined) continue;
    if (verdict.kind === 'refused') {
      rejected.push({ id: message.id, reason: reasons[verdict.why] });
      if (verdict.why === 'already_sent') sentBefore += 1;
    } else if (verdict.revision === message.revision) {
      // Of two with one id in one call only the later is sent.
      toSend.push({ ...message, pk: verdict.pk, attempts: verdict.attempts });
    }
  }
  void enqueueSend(ctx, toSend);
  const queued = given.length - rejected.length;
  return { queued, rejected, onlySentBefore: rejected.length > 0 && sentBefore === rejected.length };
}

async function check(
  ctx: AcceptNeeds,
  call: {
    tenantId: string | undefined;
    defaultPriority: number | undefined;
    defaultAccount(tenantId: string): Promise<string | null>;
  },
  given: Record<string, unknown>,
): Promise<CheckedMessage | string> {
  const excess = findExcess(given);
  if (excess !== undefined) return excess;
  const parsed = messageInput.safeParse(given);
  if (!parsed.success) return describeFaults(parsed.error, given);
  const message = parsed.data;
  const tenantId = message.tenant_id || call.tenantId;
  if (tenantId === undefined) return 'missing tenant_id';
  if (call.tenantId !== undefined && tenantId !== call.tenantId)
    return 'tenant_id: token not authorized for this tenant';
  const accountId = message.account_id ?? (await call.defaultAccount(tenantId));
  if (accountId === null && instanceAccount(ctx.config) === undefined) return reasons.no_account;
  const now = ctx.clock.now();
  const dueAt = Math.max(now, Math.floor((message.deferred_ts ?? 0) * 1000));
  return {
    tenantId,
    id: message.id,
    accountId,
    priority: message.priority ?? call.defaultPriority ?? ctx.config.defaultPriority,
    batchCode: message.batch_code ?? null,
    payload: JSON.stringify({ given, head: toHead(message) } satisfies StoredMessage),
    status: dueAt > now ? 'deferred' : 'pending',
    dueAt,
    checkAt: firstLookAt(ctx.config, now, dueAt),
  };
}

function toHead(message: MessageInput): MessageHead {
  const from = message.from ?? message.from_addr;
  if (from === undefined) throw new Error('a checked message has a sender');
  const bodyIsHtml = message.content_type === 'html';
  const separate = message.text !== undefined || message.html !== undefined;
  return {
    from,
    to: message.to,
    ...(message.cc && { cc: message.cc }),
    ...(message.bcc && { bcc: message.bcc }),
    ...(message.reply_to && { replyTo: message.reply_to }),
    ...(message.return_path !== undefined && { returnPath: message.return_path }),
    ...(message.message_id !== undefined && { messageId: message.message_id.trim() }),
    ...(message.headers && { headers: message.headers }),
    ...(message.text !== undefined && { text: 'text' }),
    ...(message.html !== undefined && { html: 'html' }),
    ...(!separate && (bodyIsHtml ? { html: 'body' } : { text: 'body' })),
  };
}
