// Builds the mail of a claimed message, hands it to the account's server, and judges how that ended.
import { betweenSteps } from '../concurrency/next-turn.js';
import type { Attachment } from '../domain/attachment/attachment.js';
import type { RecipientResult, StoredMessage } from '../domain/message.js';
import type { Owner } from '../domain/owner.js';
import { priorities } from '../domain/priority.js';
import { holdPayload, smallBytes } from '../memory.js';
import { sendQueueName } from '../queue/queues.js';
import type { SendingAccount } from '../store/accounts/sending-accounts.js';
import { loadContent } from '../store/contents/load-content.js';
import type { ClaimedMessage } from '../store/messages/claim.js';
import { markHandedOverBatched } from '../store/messages/handed-over.js';
import { closeAll, loadAttachments } from './attachments/load.js';
import { AttachmentFault, type LoadedAttachment } from './attachments/loaded-attachment.js';
import type { Attempt } from './attempt-result.js';
import type { DeliverNeeds } from './delivery.js';
import { SmtpFault } from './judge/fault.js';
import { judgeAcceptance, judgeFailure, type Outcome } from './judge/judge-reply.js';
import type { LoadedAccount } from './load-account.js';
import { buildMime } from './mime/build.js';
import { envelopeOf, type Mail, senderOf } from './mime/envelope.js';
import { leaveOutSuppressed } from './mime/leave-out-suppressed.js';
import { retryWhileUnavailable } from './retry-while-unavailable.js';
import { logForeign } from './smtp/log-foreign.js';
import { openTranscript } from './smtp/transcript/transcript.js';

/**
 * While the mail is built it has room for work, and until the server has taken it room on the wire. Both may take long to
 * come where the tenant has large mails at a slow server.
 * @returns also the recipients that the attempt was for, as far as the fault let them be read
 */
export async function runAttempt(
  ctx: DeliverNeeds,
  owner: Owner,
  loaded: LoadedAccount,
  message: ClaimedMessage,
): Promise<Attempted> {
  const tooLarge = findTooLarge(ctx, message);
  if (tooLarge !== undefined) return { recipients: [], outcome: { kind: 'failed', error: tooLarge } };
  const first = await buildAndTransmit(ctx, owner, loaded, message, []);
  if (!('toLoad' in first)) return first;
  let attachments: LoadedAttachment[] = [];
  try {
    // A fetch waits for another side, so it holds no room for work: the mail is built anew afterwards.
    attachments = await loadAttachments(ctx, message, first.toLoad);
    const second = await buildAndTransmit(ctx, owner, loaded, message, attachments);
    return 'toLoad' in second ? { ...second, outcome: { kind: 'deferred', error: unreadable } } : second;
  } catch (error) {
    const { recipients, suppressed } = first;
    return { recipients, suppressed, outcome: outcomeOf(ctx, message, error) };
  } finally {
    await closeAll(attachments);
  }
}

async function buildAndTransmit(
  ctx: DeliverNeeds,
  owner: Owner,
  loaded: LoadedAccount,
  message: ClaimedMessage,
  attachments: LoadedAttachment[],
): Promise<Attempted | WithAttachments> {
  const room = await holdPayload(ctx, `tenant ${owner.tenantId}`, message.contentBytes, undefined);
  try {
    const built = await buildMail(ctx, loaded, message, attachments);
    if (!('mail' in built)) return built;
    const { mail, recipients } = built;
    const readAhead = Math.min(mail.rest?.length ?? 0, bytesReadAhead);
    room?.toWire(mail.raw.length + readAhead + recipients.length * bytesPerRecipient);
    return await transmit(ctx, owner, message, built);
  } catch (error) {
    // Not a fault of the transmission, which has an outcome: the mail could not be built.
    return { recipients: [], outcome: outcomeOf(ctx, message, error) };
  } finally {
    room?.leave();
  }
}

interface Attempted {
  recipients: string[];
  outcome: Outcome;
  /** The Message-ID of the mail, where the message's pk does not tell it. */
  ownMailId?: string | undefined;
  /** Recipients that were left out. */
  suppressed?: RecipientResult[] | undefined;
  /** What was sent, as far as it tells whose a refusal is. */
  sent?: Attempt['sent'];
  /** What was said to the server, where the account keeps transcripts. */
  transcript?: string | undefined;
}

interface BuiltMail {
  recipients: string[];
  suppressed: RecipientResult[];
  account: SendingAccount;
  mail: Mail;
  ownMailId: string | undefined;
}

/** The message has attachments, which are yet to be loaded. */
interface WithAttachments {
  recipients: string[];
  toLoad: Attachment[];
  suppressed: RecipientResult[];
}

function findTooLarge({ memory }: DeliverNeeds, { contentBytes }: ClaimedMessage): string | undefined {
  if (contentBytes <= memory.largestBytes) return undefined;
  return `The message has ${contentBytes} bytes, and a process with this heap can send ${memory.largestBytes} at most`;
}

/** Ends with the mail alone: its content is not held while the server takes it. */
async function buildMail(
  ctx: DeliverNeeds,
  loaded: LoadedAccount,
  message: ClaimedMessage,
  attachments: LoadedAttachment[],
): Promise<BuiltMail | Attempted | WithAttachments> {
  const characters = message.contentBytes + charactersOfAnyMail;
  await ctx.buildBudget(characters, message.priority === priorities.immediate);
  const payload =
    message.payload ?? (await retryWhileUnavailable(ctx, () => loadContent(ctx, message.pk))) ?? '';
  message.payload = undefined;
  await betweenSteps(payload.length);
  const stored = readContent(payload);
  await betweenSteps(payload.length);
  if (stored === undefined) return { recipients: [], outcome: { kind: 'failed', error: unreadable } };
  // The recipients come first, so that the result names them whatever fails afterwards.
  const addresses = openRecipients(envelopeOf(stored.head).to, message);
  const { open: recipients, suppressed } = await leaveOutSuppressed(ctx, message, addresses);
  if (recipients.length === 0) {
    return { recipients, suppressed, outcome: { kind: 'failed', error: allSuppressed } };
  }
  const { account } = loaded;
  if (account === undefined) return { recipients, suppressed, outcome: loaded.outcome };
  const { attachments: toLoad = [] } = stored.head;
  if (toLoad.length > attachments.length) {
    if (payload.length <= smallBytes) message.payload = payload;
    return { recipients, suppressed, toLoad };
  }
  try {
    const built = await buildMime({ ...message, date: dateOf(message, stored) }, stored, attachments);
    const senders = { account: account.returnPath, installation: message.defaultReturnPath };
    const from = senderOf(ctx, message, stored.head, senders, recipients);
    const mail = { ...built, envelope: { from, to: recipients } };
    return { recipients, suppressed, account, mail, ownMailId: stored.head.messageId?.replace(/^<|>$/g, '') };
  } catch (error) {
    return { recipients, suppressed, outcome: outcomeOf(ctx, message, error) };
  }
}

const unreadable = 'The stored message cannot be read';
const allSuppressed = 'All recipients are on the suppression list';

/** Undefined for what was not written by this service, or was damaged: another attempt would meet the same. */
function readContent(payload: string): StoredMessage | undefined {
  try {
    const stored = JSON.parse(payload) as StoredMessage;
    return stored.head.to.length > 0 && typeof stored.given === 'object' ? stored : undefined;
  } catch {
    return undefined;
  }
}

async function transmit(
  ctx: DeliverNeeds,
  owner: Owner,
  message: ClaimedMessage,
  { recipients, suppressed, account, mail, ownMailId }: BuiltMail,
): Promise<Attempted> {
  const sent = { from: mail.envelope.from, raw: mail.raw };
  const transcript = account.keepTranscripts ? openTranscript() : undefined;
  const known = () => ({ recipients, suppressed, ownMailId, sent, transcript: transcript?.read() });
  try {
    const { envelope } = mail;
    const beforeBody = account.onInDoubt === 'hold' ? () => journal(ctx, message) : undefined;
    // Each transaction counts against limits, and each may be in doubt by itself.
    const isSingle = message.counted || account.onInDoubt === 'hold';
    const accepted = await ctx.metrics.smtp(() =>
      ctx.transport.send(sendQueueName(owner), account, envelope, mail, { beforeBody, isSingle, transcript }),
    );
    return { ...known(), outcome: judgeAcceptance(accepted) };
  } catch (error) {
    logForeign(ctx, error, { tenant: owner.tenantId, account: owner.accountId });
    transcript?.addFault(error);
    return { ...known(), outcome: outcomeOf(ctx, message, error) };
  }
}

function outcomeOf(ctx: DeliverNeeds, message: ClaimedMessage, error: unknown): Outcome {
  if (error instanceof AttachmentFault) {
    const { message: reason, isTemporary, remarks } = error;
    return isTemporary ? { kind: 'deferred', error: reason, ...remarks } : { kind: 'failed', error: reason };
  }
  if (!(error instanceof SmtpFault)) {
    const facts = { event: 'attempt.fault', tenant: message.tenantId, id: message.id, err: error };
    ctx.log.error(facts, `An attempt at message "${message.id}" met an unexpected fault; it is tried again`);
  }
  return judgeFailure(error);
}

/** The mails built in one turn of the event loop; building and handing over that many characters takes some 3 ms. */
export const charactersPerTurn = 128 * 1024;
/** What is kept of a recipient until the attempt has ended: its reply and its result. */
const bytesPerRecipient = 1024;
/** What is read ahead of an attachment while a mail leaves. */
const bytesReadAhead = 512 * 1024;
/** A mail costs as much as this many characters on top of its own. */
const charactersOfAnyMail = 4 * 1024;

/** A message that was to wait is as old as its first attempt, so that it does not arrive days old. */
function dateOf({ createdAt, firstAttemptAt }: ClaimedMessage, { given }: StoredMessage): number {
  return given.deferred_ts ? firstAttemptAt : createdAt;
}

/** The recipients without a final result: the others have the message, or were refused for good. */
function openRecipients(addresses: string[], { recipients }: ClaimedMessage): string[] {
  if (recipients === undefined) return addresses;
  const settled = new Set(
    recipients.filter(({ status }) => status !== 'deferred').map(({ address }) => address),
  );
  return addresses.filter((address) => !settled.has(address));
}

/** Notes that the body is about to leave. @throws when the attempt is no longer this process's: the body then stays */
async function journal(ctx: DeliverNeeds, { pk, attempts }: ClaimedMessage): Promise<void> {
  if (await markHandedOverBatched(ctx, { pk, attempt: attempts })) return;
  throw new Error("the attempt is no longer this process's");
}
