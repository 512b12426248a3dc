// Judges how an attempt ended: the only place that says what an SMTP reply, or none, means for the message.

import type { RecipientResult } from '../../domain/message.js';
import { reasonOf } from '../../errors.js';
import type { Accepted } from '../mime/envelope.js';
import { type RecipientReply, SmtpFault, type Step } from './fault.js';
import { oneLine, parseReply } from './reply.js';
import type { Verdict } from './rule.js';
import { ruleFor } from './rules.js';

export type Outcome =
  /** The server took it for at least one; an entry for each recipient of this attempt. */
  | { kind: 'sent'; smtpCode: number; response: string; recipients: RecipientResult[] }
  /** Nothing was taken; with recipients where the replies were to recipients. */
  | { kind: 'deferred' | 'failed'; error: string; smtpCode?: number; recipients?: RecipientResult[] }
  /** The body was handed over completely, and what became of it is unknown. */
  | { kind: 'in_doubt'; error: string }
  /** The account, not the message, is at fault: it rests for a while, or until it is changed or verified. */
  | {
      kind: 'account_refused';
      until: 'backoff' | 'changed';
      error: string;
      smtpCode?: number;
      /** Whether the attempt counts, as a permanent failure of the message; else it goes back unharmed. */
      countsAsAttempt: boolean;
      /** The replies to recipients, where it was those and the attempt burns. */
      recipients?: RecipientResult[];
      /** The rule for such replies, where one applied. */
      rule?: string;
    };

interface Judged {
  verdict: Verdict;
  code?: number;
  rule?: string;
}

export function judgeAcceptance({ response, recipients }: Accepted): Outcome {
  const code = parseReply(response)?.code;
  const smtpCode = code !== undefined && code < 300 ? code : 250;
  return {
    kind: 'sent',
    smtpCode,
    response: oneLine(response),
    recipients: recipients.map((recipient) =>
      recipient.refusal === undefined
        ? { address: recipient.address, status: 'sent', smtp_code: smtpCode }
        : toResult(recipient.address, recipient.refusal.error, judgeRefusal(recipient.refusal)),
    ),
  };
}

/**
 * What a failed attempt means: a 5xx reply is final, a 4xx reply is not; without a reply later may go better, unless
 * the whole body had left. What is said of the account makes the account rest. What is no SmtpFault comes later again.
 */
export function judgeFailure(error: unknown): Outcome {
  if (!(error instanceof SmtpFault)) return { kind: 'deferred', error: oneLine(reasonOf(error)) };
  const { step, reply, bodyLeft, ofAnother, recipients } = error.facts;
  const allRefused = step === 'recipient' && recipients !== undefined;
  const judged = allRefused ? judgeRecipients(recipients) : judgeReply(step, reply ?? '');
  const { verdict, code, rule } = judged ?? judgeBlame(error.facts.blame);
  const told = { error: error.message, ...(code !== undefined && { smtpCode: code }) };
  if (judged === undefined && bodyLeft) return { kind: 'in_doubt', error: error.message };
  const own = { verdict, ...(code !== undefined && { code }) };
  const results = recipients?.map(({ address, refusal }) =>
    refusal ? toResult(address, refusal.error, judgeRefusal(refusal)) : toResult(address, error.message, own),
  );
  if (verdict === 'open_breaker' || verdict === 'open_until_changed') {
    const countsAsAttempt = verdict === 'open_until_changed' && ofAnother !== true;
    const until = verdict === 'open_until_changed' ? 'changed' : 'backoff';
    const each = countsAsAttempt && results ? { recipients: results } : {};
    return {
      kind: 'account_refused',
      until,
      countsAsAttempt,
      ...told,
      ...each,
      ...(rule !== undefined && { rule }),
    };
  }
  // Whoever was refused only for now keeps the message alive.
  const kind = results?.some(({ status }) => status === 'deferred') ? 'deferred' : verdict;
  return { kind, ...told, ...(results && { recipients: results }) };
}

/** All of them refused: one who may be accepted later decides, else the last; what is said of the account comes first. */
function judgeRecipients(recipients: RecipientReply[]): Judged | undefined {
  const each = recipients.flatMap(({ refusal }) => (refusal ? [judgeRefusal(refusal)] : []));
  const first = (verdict: Verdict) => each.find((judged) => judged.verdict === verdict);
  return first('open_until_changed') ?? first('open_breaker') ?? first('deferred') ?? each.at(-1);
}

function judgeRefusal({ reply }: NonNullable<RecipientReply['refusal']>): Judged {
  // Without a reply it was not even asked: the server has no way to take this address.
  if (reply === undefined) return { verdict: 'failed' };
  return judgeReply('recipient', reply) ?? { verdict: 'deferred' };
}

/** Undefined where the reply says nothing: none, or one that no client can understand. */
function judgeReply(step: Step, raw: string): Judged | undefined {
  const reply = parseReply(raw);
  if (reply === undefined || reply.code < 400) return undefined;
  const rule = ruleFor(step, reply);
  if (rule) return { verdict: rule.verdict, code: reply.code, rule: rule.name };
  const permanent = reply.code >= 500;
  // Before there is a message, the server speaks of the account.
  if (step === 'connect' || step === 'login') {
    return { verdict: permanent ? 'open_until_changed' : 'open_breaker', code: reply.code };
  }
  return { verdict: permanent ? 'failed' : 'deferred', code: reply.code };
}

function judgeBlame(blame: SmtpFault['facts']['blame']): Judged {
  if (blame === 'certificate' || blame === 'account') return { verdict: 'open_until_changed' };
  return { verdict: blame === 'message' ? 'failed' : 'deferred' };
}

function toResult(address: string, error: string, { verdict, code }: Judged): RecipientResult {
  return {
    address,
    status: verdict === 'failed' ? 'error' : 'deferred',
    error: oneLine(error),
    ...(code !== undefined && { smtp_code: code }),
  };
}
