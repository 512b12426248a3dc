// Accepts the messages of one call: checks each, stores the good ones in one transaction, and has them queued.
import { monotonicFactory } from 'ulid';
import type { Needs } from '../queue/context.js';
import { findDefaultAccount } from '../store/accounts/accounts.js';
import type { Once, RememberedCall } from '../store/messages/idempotency-keys.js';
import { type InsertVerdict, insertBatched } from '../store/messages/insert.js';
import type { NewMessage } from '../store/messages/upsert.js';
import { type Acceptance, toAcceptance } from './acceptance.js';
import { type CheckedMessage, type CheckOptions, checkMessage } from './check-message.js';

export type AcceptNeeds = Needs<'clock' | 'config' | 'db' | 'enqueueSend'>;

export interface SubmittedCall extends Pick<CheckOptions, 'tenantId' | 'defaultPriority'> {
  messages: Record<string, unknown>[];
}

/** An idempotency key and the SHA-256 of the call's body. */
export type CallKey = Pick<Once, 'key' | 'bodyHash'>;

/**
 * When this resolves, every queued message is durable. It does not wait for Redis.
 * @returns undefined when another call has the key or is just taking it; then nothing was stored
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
  const { checked, rejected } = await checkAll(ctx, call);
  // All pks are made before storing, so that messages are stored in the order of their pks. Lists page by that order.
  const messages = checked.map((message): NewMessage => {
    const pk = nextUlid(ctx.clock.now());
    return { ...message, pk, revision: pk };
  });
  const once = key && { ...key, call: nextUlid(ctx.clock.now()), caller: call.tenantId, rejected };
  // A call with a key is stored even without messages, because its answer must be repeated.
  if (messages.length === 0 && once === undefined) return toAcceptance({ queued: 0, rejected, refused: [] });
  const verdicts = await insertBatched(ctx, { messages, once });
  if (verdicts === undefined) return undefined;
  const refused = enqueueStored(ctx, messages, verdicts);
  return toAcceptance({ queued: messages.length - refused.length, rejected, refused });
}

/** ULIDs of one process keep rising, also within a millisecond and when the clock is set back. */
const nextUlid = monotonicFactory();

/** How long checking may hold up the event loop at a stretch. */
const longestStretchMs = 20;

/**
 * Checks messages one after another, and reads the default account of each tenant once a call. A thousand messages may
 * take long to check, so other calls run in between.
 */
async function checkAll(
  ctx: AcceptNeeds,
  call: SubmittedCall,
): Promise<{ checked: CheckedMessage[]; rejected: Acceptance['rejected'] }> {
  const rejected: Acceptance['rejected'] = [];
  const checked: CheckedMessage[] = [];
  const defaults = new Map<string, Promise<string | null>>();
  const defaultAccount = (tenant: string) => {
    const known = defaults.get(tenant) ?? findDefaultAccount(ctx, tenant);
    defaults.set(tenant, known);
    return known;
  };
  let stretchBegan = ctx.clock.now();
  for (const message of call.messages) {
    if (ctx.clock.now() - stretchBegan > longestStretchMs) {
      await new Promise((resolve) => setImmediate(resolve));
      stretchBegan = ctx.clock.now();
    }
    const result = await checkMessage(ctx, { ...call, defaultAccount }, message);
    if (typeof result !== 'string') checked.push(result);
    else rejected.push({ id: typeof message.id === 'string' ? message.id : null, reason: result });
  }
  return { checked, rejected };
}

/** @returns the messages that the database refused */
function enqueueStored(
  ctx: AcceptNeeds,
  messages: NewMessage[],
  verdicts: InsertVerdict[],
): RememberedCall['refused'] {
  const toSend = [];
  const refused: RememberedCall['refused'] = [];
  for (const [i, verdict] of verdicts.entries()) {
    const message = messages[i];
    if (message === undefined) continue;
    if (verdict.kind === 'refused') {
      refused.push({ id: message.id, why: verdict.why });
    } else if (verdict.revision === message.revision) {
      // The revision differs if the call has a later message with the same id: only the later one is sent.
      // The job must not hold the content, which would stay in memory until Redis answers.
      const { revision, tenantId, accountId, priority, dueAt } = message;
      const { pk, attempts } = verdict;
      toSend.push({ pk, revision, tenantId, accountId, priority, attempts, dueAt });
    }
  }
  ctx.enqueueSend(toSend);
  return refused;
}
