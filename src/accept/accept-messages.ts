// Takes in the messages of one call: checks each, stores the good ones in one transaction, and asks for their sending.
import { monotonicFactory } from 'ulid';
import type { MessageHead, StoredMessage } from '../domain/message.js';
import type { Needs } from '../queue/context.js';
import { findDefaultAccount } from '../store/accounts/accounts.js';
import type { Once, RememberedCall } from '../store/messages/idempotency.js';
import { insertBatched } from '../store/messages/insert.js';
import type { NewMessage, Refusal } from '../store/messages/upsert.js';
import { firstSweepAt } from '../store/schedule/sweep-schedule.js';
import { findExcess } from './find-excess.js';
import { describeFaults, type MessageInput, messageInput } from './message-input.js';

export interface Acceptance {
  queued: number;
  rejected: { id: string | null; reason: string }[];
  /** Whether all that was rejected had been sent before: nothing is wrong with such a call. */
  onlySentBefore: boolean;
}

const reasons: Record<Refusal, string> = {
  no_account: 'account not found for tenant',
  already_sent: 'already sent',
  being_sent: 'being sent; try again when it is known how that ended',
};

/** Made of what is kept of a call too, so that the answer to it can be given again. */
export function toAcceptance({ queued, rejected, refused }: Omit<RememberedCall, 'bodyHash'>): Acceptance {
  const all = [...rejected, ...refused.map(({ id, why }) => ({ id, reason: reasons[why] }))];
  const sentBefore = refused.filter(({ why }) => why === 'already_sent').length;
  return { queued, rejected: all, onlySentBefore: all.length > 0 && sentBefore === all.length };
}

/** ULIDs of one process keep rising, also within a millisecond and when the clock is put back. */
const nextUlid = monotonicFactory();

/** How long checking may hold up other calls at a stretch. */
const longestTurnMs = 20;

type CheckedMessage = Omit<NewMessage, 'pk' | 'revision'>;

export type AcceptNeeds = Needs<'clock' | 'config' | 'db' | 'enqueueSend'>;

export interface SubmittedCall {
  /** The tenant of the token; undefined for the admin, whose messages each name theirs. */
  tenantId: string | undefined;
  messages: Record<string, unknown>[];
  defaultPriority: number | undefined;
}

/** The key under which a call is done once only, and the SHA-256 of its body. */
export type CallKey = Pick<Once, 'key' | 'bodyHash'>;

/**
 * When this resolves, every queued message is durable; that it gets onto its queue is not waited for.
 * @returns undefined when another call has the key, or is just taking it: then nothing was done
 */
export async function acceptMessages(ctx: AcceptNeeds, call: SubmittedCall): Promise<Acceptance>;
export async function acceptMessages(
  ctx: AcceptNeeds,
  call: SubmittedCall,
  key: CallKey,
): Promise<Acceptance | undefined>;
export async function acceptMessages(
  ctx: AcceptNeeds,
  call: SubmittedCall,
  key?: CallKey,
): Promise<Acceptance | undefined> {
  const rejected: Acceptance['rejected'] = [];
  const good: CheckedMessage[] = [];
  const defaults = new Map<string, Promise<string | null>>();
  const defaultAccount = (tenant: string) => {
    const known = defaults.get(tenant) ?? findDefaultAccount(ctx, tenant);
    defaults.set(tenant, known);
    return known;
  };
  let turnBegan = ctx.clock.now();
  for (const message of call.messages) {
    if (ctx.clock.now() - turnBegan > longestTurnMs) {
      await new Promise((resolve) => setImmediate(resolve));
      turnBegan = ctx.clock.now();
    }
    const checked = await check(ctx, { ...call, defaultAccount }, message);
    if (typeof checked !== 'string') good.push(checked);
    else rejected.push({ id: typeof message.id === 'string' ? message.id : null, reason: checked });
  }
  // Named at once before they are stored: so they are stored in the order of their pks, which pages of a list rely on.
  const messages = good.map((message): NewMessage => {
    const pk = nextUlid(ctx.clock.now());
    return { ...message, pk, revision: pk };
  });
  const once = key && { ...key, call: nextUlid(ctx.clock.now()), caller: call.tenantId, rejected };
  if (messages.length === 0 && once === undefined) return toAcceptance({ queued: 0, rejected, refused: [] });
  const verdicts = await insertBatched(ctx, { messages, once });
  if (verdicts === undefined) return undefined;
  const toSend = [];
  const refused: RememberedCall['refused'] = [];
  for (const [i, verdict] of verdicts.entries()) {
    const message = messages[i];
    if (message === undefined) continue;
    if (verdict.kind === 'refused') {
      refused.push({ id: message.id, why: verdict.why });
    } else if (verdict.revision === message.revision) {
      // Of two with one id in one call only the later is sent.
      // Without its content, which would stay in memory until Redis answers.
      const { revision, tenantId, accountId, priority, dueAt } = message;
      const { pk, attempts } = verdict;
      toSend.push({ pk, revision, tenantId, accountId, priority, attempts, dueAt });
    }
  }
  ctx.enqueueSend(toSend);
  return toAcceptance({ queued: messages.length - refused.length, rejected, refused });
}

async function check(
  ctx: AcceptNeeds,
  call: SubmittedCall & { defaultAccount(tenantId: string): Promise<string | null> },
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
  if (accountId === null && ctx.config.smtpHost === undefined) return reasons.no_account;
  const now = ctx.clock.now();
  const deferredTo = Math.floor((message.deferred_ts ?? 0) * 1000);
  // What may leave at once may so whatever the clock is set to afterwards.
  const dueAt = deferredTo > now ? deferredTo : 0;
  return {
    tenantId,
    id: message.id,
    accountId,
    priority: message.priority ?? call.defaultPriority ?? ctx.config.defaultPriority,
    batchCode: message.batch_code ?? null,
    payload: JSON.stringify({ given, head: toHead(message) } satisfies StoredMessage),
    status: dueAt > now ? 'deferred' : 'pending',
    dueAt,
    nextSweepAt: firstSweepAt(ctx.config, now, dueAt),
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
