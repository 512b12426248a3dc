// Builds the mail of a claimed message, hands it to the account's server, and judges how that ended.
import type { StoredMessage } from '../domain/message.js';
import type { Owner } from '../domain/owner.js';
import { priorities } from '../domain/priority.js';
import { sendQueueName } from '../queue/queues.js';
import type { ClaimedMessage } from '../store/messages/claim.js';
import { markHandedOverBatched } from '../store/messages/handed-over.js';
import type { DeliverNeeds } from './delivery.js';
import { SmtpFault } from './judge/fault.js';
import { judgeAcceptance, judgeFailure, type Outcome } from './judge/judge-reply.js';
import type { LoadedAccount } from './load-account.js';
import { buildMime, envelopeOf } from './mime/build.js';

/** @returns also the recipients that the attempt was for, as far as the fault let them be read */
export async function runAttempt(
  ctx: DeliverNeeds,
  owner: Owner,
  loaded: LoadedAccount,
  message: ClaimedMessage,
): Promise<{ recipients: string[]; outcome: Outcome }> {
  let recipients: string[] = [];
  try {
    const characters = message.payload.length + charactersOfAnyMail;
    await ctx.buildBudget(characters, message.priority === priorities.immediate);
    const stored = JSON.parse(message.payload) as StoredMessage;
    // The recipients come first, so that the result names them whatever fails afterwards.
    recipients = openRecipients(envelopeOf(stored.head).to, message);
    const { account } = loaded;
    if (account === undefined) return { recipients, outcome: loaded.outcome };
    const mail = await buildMime(message, stored);
    const envelope = { ...mail.envelope, to: recipients };
    const beforeBody = account.onInDoubt === 'hold' ? () => journal(ctx, message) : undefined;
    const accepted = await ctx.metrics.smtp(() =>
      ctx.transport.send(sendQueueName(owner), account, envelope, mail.raw, beforeBody),
    );
    return { recipients, outcome: judgeAcceptance(accepted) };
  } catch (error) {
    if (!(error instanceof SmtpFault)) {
      const facts = { event: 'attempt.fault', tenant: message.tenantId, id: message.id, err: error };
      ctx.log.error(facts, 'An attempt failed for a reason of our own');
    }
    return { recipients, outcome: judgeFailure(error) };
  }
}

/** The mails built in one turn of the event loop; building and handing over that many characters takes some 3 ms. */
export const charactersPerTurn = 128 * 1024;
/** A mail costs as much as this many characters on top of its own. */
const charactersOfAnyMail = 4 * 1024;

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
