// Checks one submitted message, and turns it into the message to be stored.
import { betweenSteps } from '../concurrency/next-turn.js';
import type { MessageHead, StoredMessage } from '../domain/message.js';
import { termNumber, termsOfMessage } from '../domain/search-terms.js';
import type { Needs } from '../queue/context.js';
import type { DefaultAccount } from '../store/accounts/default-account.js';
import type { NewMessage } from '../store/messages/upsert.js';
import { firstSweepAt } from '../store/schedule/sweep-schedule.js';
import { reasonOfRefusal } from './acceptance.js';
import {
  type CheckedAttachment,
  checkAttachments,
  type LiftedContents,
  withoutContents,
} from './attachments/check-attachments.js';
import type { GivenContent, GivenLogin } from './attachments/store-attachments.js';
import { coerce } from './coerce.js';
import { findExcess } from './find-excess.js';
import { isLongList } from './mailbox-input.js';
import {
  describeFaults,
  hasPartsOfItsOwn,
  htmlFlag,
  type MessageInput,
  messageInput,
  withoutEmptyBodies,
} from './message-input.js';

/** Its attachments whose content was handed in with it are yet to be stored. */
export type CheckedMessage = Omit<NewMessage, 'pk' | 'revision' | 'attachments' | 'attachmentBytes'> & {
  contents: GivenContent[];
  logins: GivenLogin[];
};

export interface CheckOptions {
  /** The tenant of the token; undefined for the admin, whose messages each name theirs. */
  tenantId: string | undefined;
  defaultPriority: number | undefined;
  /** Contents that were taken out of the body. */
  lifted?: LiftedContents | undefined;
  /** The account for messages that name none. */
  defaultAccount(tenantId: string): Promise<DefaultAccount>;
  /** The tenants that have an account of this name; two stand for any larger number. */
  tenantsOfAccount(accountId: string): Promise<string[]>;
}

/** @returns the message, or the reason why it is rejected */
export async function checkMessage(
  ctx: Needs<'clock' | 'config'>,
  options: CheckOptions,
  given: Record<string, unknown>,
): Promise<CheckedMessage | string> {
  const excess = findExcess(given);
  if (excess !== undefined) return excess;
  const parsed = await parse(withoutEmptyBodies(coerce(messageInput, given)), given);
  if (!parsed.success) return describeFaults(parsed.error, given);
  // From here on, every field has its type, and null has become undefined.
  const message = parsed.data;
  const tenantId = message.tenant_id || options.tenantId || (await onlyTenantOf(options, message.account_id));
  if (tenantId === undefined) return whyNoTenant(options, message.account_id);
  if (options.tenantId !== undefined && tenantId !== options.tenantId)
    return 'tenant_id: token not authorized for this tenant';
  const accountId = message.account_id ?? (await findDefault(ctx, options, tenantId));
  if (typeof accountId === 'object' && accountId !== null) return accountId.refused;
  const checked = await checkAttachments(ctx, tenantId, message.attachments ?? [], options.lifted);
  if (typeof checked === 'string') return checked;
  const stored = toStored(given, message, checked);
  const payload = JSON.stringify(stored);
  await betweenSteps(payload.length);
  const now = ctx.clock.now();
  const deferredTo = Math.floor((message.deferred_ts ?? 0) * 1000);
  // 0 rather than `now`, so that the message stays due if the clock is set back.
  const dueAt = deferredTo > now ? deferredTo : 0;
  return {
    tenantId,
    id: message.id,
    accountId,
    priority: message.priority ?? options.defaultPriority ?? ctx.config.defaultPriority,
    batchCode: message.batch_code ?? null,
    payload,
    terms: termsOfMessage({ ...stored.head, subject: message.subject }).map((term) =>
      termNumber(tenantId, term),
    ),
    status: dueAt > now ? 'deferred' : 'pending',
    dueAt,
    nextSweepAt: firstSweepAt(ctx.config, now, dueAt),
    contents: checked.flatMap(({ content }, n) => (content === undefined ? [] : [{ n, content }])),
    logins: checked.flatMap(({ auth }, n) => (auth === undefined ? [] : [{ n, auth }])),
  };
}

function toStored(
  given: Record<string, unknown>,
  message: MessageInput,
  checked: CheckedAttachment[],
): StoredMessage {
  const head = toHead(message);
  if (checked.length === 0) return { given, head };
  return {
    given: { ...given, attachments: withoutContents(given.attachments, checked) },
    head: { ...head, attachments: checked.map(({ attachment }) => attachment) },
  };
}

/** Only a message with a long list has to wait for turns of the event loop. */
function parse(coerced: unknown, { to, cc, bcc, reply_to }: Record<string, unknown>) {
  const isLong = [to, cc, bcc, reply_to].some(isLongList);
  return isLong ? messageInput.safeParseAsync(coerced) : messageInput.safeParse(coerced);
}

/** @returns null for the account of the installation, or why the message is rejected */
async function findDefault(
  ctx: Needs<'config'>,
  options: CheckOptions,
  tenantId: string,
): Promise<string | null | { refused: string }> {
  const found = await options.defaultAccount(tenantId);
  if (found.kind === 'found') return found.id;
  if (found.kind === 'no_tenant') return { refused: reasonOfRefusal('no_tenant', tenantId) };
  if (found.kind === 'missing')
    return { refused: `default_account of tenant ${tenantId} is ${found.id}, which does not exist` };
  if (ctx.config.smtpHost !== undefined) return null;
  return {
    refused:
      found.accounts === 0
        ? `tenant ${tenantId} has no account; create one with POST /account`
        : `tenant ${tenantId} has ${found.accounts} accounts; name one in account_id or call one \`default\``,
  };
}

/** For clients that name the account alone, as those of genro-mail-proxy up to 0.6.1 do. */
export async function onlyTenantOf(
  { tenantsOfAccount }: Pick<CheckOptions, 'tenantsOfAccount'>,
  accountId: string | undefined,
): Promise<string | undefined> {
  if (accountId === undefined) return undefined;
  const [tenant, another] = await tenantsOfAccount(accountId);
  return another === undefined ? tenant : undefined;
}

async function whyNoTenant(options: CheckOptions, accountId: string | undefined): Promise<string> {
  if (accountId === undefined) return 'missing tenant_id';
  const tenants = await options.tenantsOfAccount(accountId);
  return tenants.length === 0
    ? 'missing tenant_id: no tenant has an account of this account_id'
    : 'missing tenant_id: several tenants have an account of this account_id';
}

/**
 * The parts of a mail that sending needs without parsing addresses again. Texts are not copied: `text` and `html` name
 * the field of the submitted message that holds them.
 */
function toHead(message: MessageInput): MessageHead {
  const from = message.from ?? message.from_addr;
  if (from === undefined) throw new Error('a checked message has a sender');
  const { custom, sender, date } = message.headers ?? {};
  const replyTo = message.reply_to?.length ? message.reply_to : message.headers?.replyTo;
  const messageId = message.message_id ?? message.headers?.messageId;
  const bodyIsHtml =
    message.content_type === undefined ? htmlFlag(message) === true : message.content_type === 'html';
  const separate = hasPartsOfItsOwn(message);
  return {
    from,
    to: message.to,
    ...(message.cc && { cc: message.cc }),
    ...(message.bcc && { bcc: message.bcc }),
    ...(replyTo && { replyTo }),
    ...(message.return_path !== undefined && { returnPath: message.return_path }),
    ...(messageId !== undefined && { messageId }),
    ...(sender && { sender }),
    ...(date !== undefined && { date }),
    ...(custom && { headers: custom }),
    ...(message.text !== undefined && { text: 'text' }),
    ...(separate && message.html !== undefined && htmlFlag(message) === undefined && { html: 'html' }),
    ...(!separate && (bodyIsHtml ? { html: 'body' } : { text: 'body' })),
  };
}
