// What a reply that refuses a mail means, in the words of bounces.
import { classifyRefusal } from '../../domain/bounce/classify-refusal.js';
import type { BounceReason } from '../../domain/bounce/reason.js';
import type { Step } from './fault.js';
import { parseReply } from './reply.js';

export interface RefusalReason {
  reason?: BounceReason | undefined;
  /** The server says for good that nobody can receive mail at the address. */
  isDead?: true;
}

/** @returns neither without a reply, for one that breaks the protocol, and before there is a mail to be refused */
export function reasonOfReply(step: Step, raw: string | undefined): RefusalReason {
  const reply = parseReply(raw ?? '');
  if (reply === undefined || reply.code < 400 || step === 'connect' || step === 'login') return {};
  const { code, enhanced, text } = reply;
  // A reply to MAIL that calls an address unknown means the sender's.
  const around = step === 'sender' ? 'in reply to mail from' : undefined;
  const { reason, addressIsDead } = classifyRefusal({ code, status: enhanced, text, around });
  return { reason, ...(addressIsDead && step === 'recipient' && { isDead: true }) };
}
