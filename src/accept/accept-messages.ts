// Accepts the messages of one call: checks each, stores the good ones in one transaction, and has them queued.
import { monotonicFactory } from 'ulid';
import type { Needs } from '../queue/context.js';
import { findTenantsOfAccount } from '../store/accounts/accounts.js';
import { type DefaultAccount, findDefaultAccount } from '../store/accounts/default-account.js';
import { recordRejections } from '../store/events/record-rejections.js';
import type { KeyedCall, RememberedCall } from '../store/messages/idempotency-keys.js';
import { type InsertVerdict, insertBatched } from '../store/messages/insert.js';
import type { NewMessage, RejectedMessage } from '../store/messages/upsert.js';
import { type Acceptance, reasonOfRefusal, toAcceptance } from './acceptance.js';
import { sealLogins, storeAttachments } from './attachments/store-attachments.js';
import { type CheckedMessage, type CheckOptions, checkMessage, onlyTenantOf } from './check-message.js';
import { messageInput } from './message-input.js';

export type AcceptNeeds = Needs<
  'clock' | 'config' | 'db' | 'memory' | 'secrets' | 'enqueueSend' | 'enqueueReport'
>;

export interface SubmittedCall extends Pick<CheckOptions, 'tenantId' | 'defaultPriority' | 'lifted'> {
  messages: Record<string, unknown>[];
}

/** An idempotency key and the SHA-256 of the call's body. */
export type CallKey = Pick<KeyedCall, 'key' | 'bodyHash'>;

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
  const { checked, rejected, known } = await checkAll(ctx, call);
  // All pks are made before storing the messages, so that messages are stored in the order of their pks. Lists page by that order.
  const stored = await storeAttachments(ctx, checked);
  const messages = checked.map(({ contents: _stored, logins, ...message }, i): NewMessage => {
    const pk = nextUlid(ctx.clock.now());
    const { attachments = [], attachmentBytes = 0 } = stored[i] ?? {};
    const all = [...attachments, ...sealLogins(ctx, pk, logins)];
    return { ...message, attachments: all, attachmentBytes, pk, revision: pk };
  });
  const keyed = key && { ...key, call: nextUlid(ctx.clock.now()), caller: call.tenantId, rejected };
  // A call with a key is stored even without messages, because its answer must be repeated.
  const verdicts =
    messages.length === 0 && keyed === undefined ? [] : await insertBatched(ctx, { messages, keyed });
  if (verdicts === undefined) return undefined;
  const refused = enqueueStored(ctx, messages, verdicts);
  // After the good ones are stored, so that the rejection of a message does not stand in the place of a good one.
  await reportRejections(ctx, [
    ...known,
    ...messages.flatMap((message, i) => toRejected(message, verdicts[i]) ?? []),
  ]);
  return toAcceptance({ queued: messages.length - refused.length, rejected, refused });
}

type Rejection = Omit<RejectedMessage, 'pk'>;

/** A message that was sent or is being sent has an end of its own to be told. A tenant that does not exist is told nothing. */
function toRejected(message: NewMessage, verdict: InsertVerdict | undefined): Rejection | undefined {
  if (verdict?.kind !== 'refused' || !['no_account', 'tenant_inactive'].includes(verdict.why))
    return undefined;
  const { tenantId, id, accountId } = message;
  return { tenantId, id, accountId, reason: reasonOfRefusal(verdict.why, tenantId) };
}

/** Applications of genro-mail-proxy learn of rejected messages by their reports. */
async function reportRejections(ctx: AcceptNeeds, rejections: Rejection[]): Promise<void> {
  const stored = rejections.map((one): RejectedMessage => ({ ...one, pk: nextUlid(ctx.clock.now()) }));
  for (const tenant of await recordRejections(ctx, stored)) ctx.enqueueReport(tenant);
}

/** ULIDs of one process keep rising, also within a millisecond and when the clock is set back. */
const nextUlid = monotonicFactory();

/** How long checking may hold up the event loop at a stretch. */
const longestStretchMs = 10;

/**
 * Checks messages one after another, and reads the default account of each tenant once a call. A thousand messages may
 * take long to check, so other calls run in between.
 */
async function checkAll(
  ctx: AcceptNeeds,
  call: SubmittedCall,
): Promise<{ checked: CheckedMessage[]; rejected: Acceptance['rejected']; known: Rejection[] }> {
  const rejected: Acceptance['rejected'] = [];
  const known: Rejection[] = [];
  const checked: CheckedMessage[] = [];
  const defaults = new Map<string, Promise<DefaultAccount>>();
  const defaultAccount = (tenant: string) => {
    const account = defaults.get(tenant) ?? findDefaultAccount(ctx, tenant);
    defaults.set(tenant, account);
    return account;
  };
  const owners = new Map<string, Promise<string[]>>();
  const tenantsOfAccount = (account: string) => {
    const tenants = owners.get(account) ?? findTenantsOfAccount(ctx, account);
    owners.set(account, tenants);
    return tenants;
  };
  const options = { ...call, defaultAccount, tenantsOfAccount };
  let stretchBegan = ctx.clock.now();
  for (const message of call.messages) {
    if (ctx.clock.now() - stretchBegan > longestStretchMs) {
      await new Promise((resolve) => setImmediate(resolve));
      stretchBegan = ctx.clock.now();
    }
    const result = await checkMessage(ctx, options, message);
    if (typeof result !== 'string') checked.push(result);
    else {
      rejected.push({ id: typeof message.id === 'string' ? message.id : null, reason: result });
      const rejection = await toKnown(options, message, result);
      if (rejection !== undefined) known.push(rejection);
    }
  }
  return { checked, rejected, known };
}

const { id: idField, tenant_id: tenantField, account_id: accountField } = messageInput.shape;

/** @returns undefined for a message without an id or a tenant by which its application could recognize it */
async function toKnown(
  options: CheckOptions,
  message: Record<string, unknown>,
  reason: string,
): Promise<Rejection | undefined> {
  const id = idField.safeParse(message.id).data;
  const accountId = accountField.safeParse(message.account_id).data;
  const tenant = tenantField.safeParse(message.tenant_id);
  const tenantId = tenant.data || options.tenantId || (await onlyTenantOf(options, accountId));
  if (id === undefined || !tenant.success || tenantId === undefined) return undefined;
  return { tenantId, id, accountId: accountId ?? null, reason };
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
      refused.push({ id: message.id, why: verdict.why, tenantId: message.tenantId });
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
