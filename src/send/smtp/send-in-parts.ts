// Sends a mail to all of its recipients in as many transactions as the server's limit on recipients asks for.

import { reasonOf } from '../../errors.js';
import { type RecipientReply, SmtpFault } from '../judge/fault.js';
import { fewerAfter, leftOver } from '../judge/recipient-limit.js';
import { oneLine } from '../judge/reply.js';
import type { Accepted } from '../mime/envelope.js';

interface Parts {
  /** The most recipients that the server is known to take at once. */
  most: number;
  learn(most: number): void;
  /** One transaction. @throws SmtpFault */
  send(to: string[], fresh: boolean): Promise<Accepted>;
  /** Whether a mail has to be one transaction: the rest is left for the next attempt. */
  isSingle: boolean;
}

interface Progress {
  replies: Map<string, RecipientReply>;
  rest: string[];
  most: number;
  response: string;
  /** Whether the server has been asked over a fresh connection since it last took a recipient. */
  isFresh: boolean;
  /** How many recipients were left out because the server ended the session over them. */
  leftOut: number;
}

/** A server that ends the session over more of them is not welcoming any. */
const mostLeftOut = 3;

/**
 * Each transaction takes at least one recipient, or is the last.
 * @throws SmtpFault where the first transaction fails; later, the fault is that of the recipients that are left
 */
export async function sendInParts(to: string[], parts: Parts): Promise<Accepted> {
  const progress: Progress = {
    replies: new Map(),
    rest: to,
    most: parts.most,
    response: '',
    isFresh: false,
    leftOut: 0,
  };
  while (progress.rest.length > 0) {
    const part = progress.rest.slice(0, progress.most);
    try {
      const { response, recipients } = await parts.send(part, progress.isFresh);
      noteTaken(progress, parts, part, { response, recipients });
    } catch (fault) {
      if (!noteFault(progress, parts, part, fault)) throw withEarlier(fault, progress, part);
    }
    if (parts.isSingle && progress.response !== '') break;
  }
  for (const address of progress.rest) {
    progress.replies.set(address, { address, refusal: { error: leftForNext, isNext: true } });
  }
  const recipients = to.flatMap((address) => progress.replies.get(address) ?? []);
  return { response: progress.response, recipients };
}

const leftForNext = 'The server takes no more recipients in one mail; the next mail follows at once';

function noteTaken(
  progress: Progress,
  parts: Parts,
  part: string[],
  { response, recipients }: Accepted,
): void {
  const over = new Set(leftOver(recipients));
  for (const one of recipients) if (!over.has(one.address)) progress.replies.set(one.address, one);
  progress.response = response;
  progress.rest = [...part.filter((address) => over.has(address)), ...progress.rest.slice(part.length)];
  progress.isFresh = false;
  if (over.size === 0) return;
  progress.most = Math.max(1, recipients.filter(({ refusal }) => refusal === undefined).length);
  parts.learn(progress.most);
}

/** @returns false where nothing was sent and nothing more can be tried */
function noteFault(progress: Progress, parts: Parts, part: string[], fault: unknown): boolean {
  const fewer = fault instanceof SmtpFault ? fewerAfter(fault, part.length) : undefined;
  if (fewer !== undefined) {
    progress.most = fewer;
    parts.learn(fewer);
    return true;
  }
  if (leaveOut(progress, part, fault)) return true;
  if (progress.response === '') return false;
  // A server may count the recipients of the whole session.
  if (!progress.isFresh && fault instanceof SmtpFault && fault.facts.step === 'recipient') {
    progress.isFresh = true;
    return true;
  }
  for (const address of progress.rest) progress.replies.set(address, replyAfter(fault, address));
  progress.rest = [];
  return true;
}

/** A server may end the session over one recipient (421): the others are sent to without that one. */
function leaveOut(progress: Progress, part: string[], fault: unknown): boolean {
  if (!(fault instanceof SmtpFault) || part.length < 2 || progress.leftOut === mostLeftOut) return false;
  const { endedBy: address, reply } = fault.facts;
  if (address === undefined || reply === undefined) return false;
  progress.replies.set(address, { address, refusal: { error: fault.message, reply } });
  progress.rest = progress.rest.filter((one) => one !== address);
  progress.leftOut += 1;
  progress.isFresh = true;
  return true;
}

/** Nobody has the mail. The fault of the recipients that were left is told with those of the ones left out before. */
function withEarlier(fault: unknown, { replies }: Progress, part: string[]): unknown {
  if (replies.size === 0 || !(fault instanceof SmtpFault) || fault.facts.step !== 'recipient') return fault;
  const recipients = [...replies.values(), ...part.map((address) => replyAfter(fault, address))];
  return new SmtpFault(fault.message, { ...fault.facts, recipients });
}

/** Others have the mail already, so the fault is only that of the recipients that are left. */
function replyAfter(fault: unknown, address: string): RecipientReply {
  const error = oneLine(reasonOf(fault));
  if (!(fault instanceof SmtpFault)) return { address, refusal: { error, isLater: true } };
  const own = fault.facts.recipients?.find((one) => one.address === address);
  const { reply } = fault.facts;
  return own?.refusal === undefined
    ? { address, refusal: reply === undefined ? { error, isLater: true } : { error, reply } }
    : own;
}
