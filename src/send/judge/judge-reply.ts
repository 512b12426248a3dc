// Judges how an attempt ended: the only place that says what an SMTP reply, or its absence, means for the message.

import type { BounceReason } from '../../domain/bounce/reason.js';
import type { RecipientResult } from '../../domain/message.js';
import { reasonOf } from '../../errors.js';
import type { Accepted } from '../mime/envelope.js';
import { describeNetworkFault } from './explain-failure.js';
import { type RecipientReply, SmtpFault, type Step } from './fault.js';
import { type RefusalReason, reasonOfReply } from './refusal-reason.js';
import { oneLine, parseReply } from './reply.js';
import { ruleFor } from './reply-rules.js';
import type { Verdict } from './rule.js';
import type { Stage } from './whose-refusal.js';

export type Outcome =
  /** The server took the mail for at least one recipient; `recipients` has an entry for each of this attempt. */
  | {
      kind: 'sent';
      smtpCode: number;
      response: string;
      recipients: RecipientResult[];
      /** Recipients whose addresses the server calls dead. */
      dead?: string[];
      /** Whether recipients are left for another mail at once. */
      hasNext?: true;
    }
  /** The server took the mail for no recipient; `recipients` is there if the replies were to recipients. */
  | {
      kind: 'deferred' | 'failed';
      error: string;
      smtpCode?: number;
      /** What the reply means, where one was given. */
      reason?: BounceReason | undefined;
      recipients?: RecipientResult[];
      /** Recipients whose addresses the server calls dead. */
      dead?: string[];
      isUncounted?: true;
      /** The pause that the source of an attachment asks for. */
      retryAfterMs?: number;
    }
  /** The whole body had left, and no reply says whether the server took it. */
  | { kind: 'in_doubt'; error: string }
  /** Nothing was tried: other processes have all connections that the account may have. */
  | { kind: 'no_room'; error: string }
  /** The account, not the message, is at fault: its breaker opens for a while, or until it is changed or verified. */
  | {
      kind: 'account_refused';
      until: 'backoff' | 'changed';
      /** `session`: before any mail; `sender`: the reply to MAIL; `body`: to DATA or what follows. */
      at: 'session' | Stage;
      error: string;
      smtpCode?: number;
      reason?: BounceReason | undefined;
      /** Whether the attempt counts, as a permanent failure of the message. Otherwise the message waits unharmed. */
      countsAsAttempt: boolean;
      /** The results of the recipients, if the attempt counts and the replies were to recipients. */
      recipients?: RecipientResult[];
      /** The name of the rule that judged the reply, if one applied. */
      rule?: string;
      /** How many other messages met the same. */
      others?: number;
      /** How often the time for which the breaker opens has doubled at most. */
      doublings?: number;
    };

/** What one reply means. `code` and `rule` are absent where no reply was judged. */
interface Judged {
  verdict: Verdict;
  code?: number;
  rule?: string;
}

/**
 * The server took the mail, so nothing in its reply can make this a failure. A reply without a code in the 200s is shown
 * as 250.
 */
export function judgeAcceptance({ response, recipients }: Accepted): Outcome {
  const code = parseReply(response)?.code;
  const smtpCode = code !== undefined && code < 300 ? code : 250;
  return {
    kind: 'sent',
    smtpCode,
    response: oneLine(response),
    ...(recipients.some(({ refusal }) => refusal?.isNext) && { hasNext: true }),
    ...deadIn(recipients),
    recipients: recipients.map((recipient) =>
      recipient.refusal === undefined
        ? { address: recipient.address, status: 'sent', smtp_code: smtpCode }
        : toResult(recipient.address, judgeRefusal(recipient.refusal)),
    ),
  };
}

/**
 * A 5xx reply is final and a 4xx reply is not, unless a rule says otherwise. Without a reply the message is tried again,
 * and is in doubt if the whole body had left. A reply about the account opens its breaker. Any error that is no SmtpFault
 * is a fault of our own, and the message is tried again.
 */
export function judgeFailure(error: unknown): Outcome {
  if (!(error instanceof SmtpFault)) return { kind: 'deferred', error: oneLine(reasonOf(error)) };
  if (error.facts.hasNoRoom) return { kind: 'no_room', error: error.message };
  const said = describeNetworkFault(error);
  const { step, reply, bodyLeft, ofAnother, recipients } = error.facts;
  // A server without the TLS that the account demands is no more use tomorrow.
  const isTlsRefusal = step === 'connect' && error.facts.code === 'ETLS';
  const allRefused = step === 'recipient' && recipients !== undefined;
  const judged = allRefused
    ? judgeRecipients(recipients)
    : judgeReply(isTlsRefusal ? 'login' : step, reply ?? '');
  const { verdict, code, rule } = judged ?? judgeBlame(error.facts.blame);
  const { reason } = code === undefined ? {} : reasonOfReply(step, reply);
  const cause = { error: said, reason, ...(code !== undefined && { smtpCode: code }) };
  if (judged === undefined && bodyLeft) return { kind: 'in_doubt', error: said };
  const own = { verdict, ...(code !== undefined && { code }), error: oneLine(said), reason };
  const results = recipients?.map(({ address, refusal }) =>
    toResult(address, refusal ? judgeRefusal(refusal) : own),
  );
  if (verdict === 'open_breaker' || verdict === 'open_until_changed') {
    // An attempt that only waited for another one's connection has not been refused itself.
    const countsAsAttempt = verdict === 'open_until_changed' && ofAnother !== true;
    const until = verdict === 'open_until_changed' ? 'changed' : 'backoff';
    const each = results ? { recipients: results } : {};
    return {
      kind: 'account_refused',
      until,
      at: placeOf(step),
      countsAsAttempt,
      ...cause,
      ...each,
      ...(rule !== undefined && { rule }),
    };
  }
  // One recipient who was refused temporarily is enough for another attempt.
  const kind = results?.some(({ status }) => status === 'deferred') ? 'deferred' : verdict;
  return { kind, ...cause, ...(results && { recipients: results }), ...deadIn(recipients ?? []) };
}

function deadIn(recipients: RecipientReply[]): { dead?: string[] } {
  const dead = recipients.filter(({ refusal }) => {
    if (refusal === undefined) return false;
    const { verdict, isDead } = judgeRefusal(refusal);
    return verdict === 'failed' && isDead === true;
  });
  return dead.length === 0 ? {} : { dead: dead.map(({ address }) => address) };
}

function placeOf(step: Step): 'session' | Stage {
  if (step === 'connect' || step === 'login') return 'session';
  return step === 'message' ? 'body' : step;
}

/** All were refused. A reply about the account decides first, then a temporary one, then the last one. */
function judgeRecipients(recipients: RecipientReply[]): Judged | undefined {
  const each = recipients.flatMap(({ refusal }) => (refusal ? [judgeRefusal(refusal)] : []));
  const first = (verdict: Verdict) => each.find((judged) => judged.verdict === verdict);
  return first('open_until_changed') ?? first('open_breaker') ?? first('deferred') ?? each.at(-1);
}

type Refusal = NonNullable<RecipientReply['refusal']>;
type JudgedRefusal = Judged & RefusalReason & { error: string };

/** Many recipients may share a refusal, which is judged once: judging 30,000 would hold up the event loop for seconds. */
const judgedBefore = new WeakMap<Refusal, JudgedRefusal>();

function judgeRefusal(refusal: Refusal): JudgedRefusal {
  const known = judgedBefore.get(refusal);
  if (known !== undefined) return known;
  const { reply, error, isLater, isNext } = refusal;
  // Without a reply, the server was not asked because it has no way to take this address.
  const judged: Judged =
    reply === undefined
      ? { verdict: isLater || isNext ? 'deferred' : 'failed' }
      : (judgeReply('recipient', reply) ?? { verdict: 'deferred' });
  const whole = { ...judged, ...reasonOfReply('recipient', reply), error: oneLine(error) };
  judgedBefore.set(refusal, whole);
  return whole;
}

/** Undefined without a reply, and for a reply that breaks the protocol. */
function judgeReply(step: Step, raw: string): Judged | undefined {
  const reply = parseReply(raw);
  if (reply === undefined || reply.code < 400) return undefined;
  const rule = ruleFor(step, reply);
  if (rule) return { verdict: rule.verdict, code: reply.code, rule: rule.name };
  const permanent = reply.code >= 500;
  // Until there is a message, every reply is about the account. What a server says before the login may be a matter of
  // minutes, whatever the code.
  if (step === 'connect') return { verdict: 'open_breaker', code: reply.code };
  if (step === 'login') {
    return { verdict: permanent ? 'open_until_changed' : 'open_breaker', code: reply.code };
  }
  return { verdict: permanent ? 'failed' : 'deferred', code: reply.code };
}

/** Without a reply, only the fault of the account or of the mail is certain to come again. */
function judgeBlame(blame: SmtpFault['facts']['blame']): Judged {
  if (blame === 'certificate' || blame === 'account') return { verdict: 'open_until_changed' };
  return { verdict: blame === 'message' ? 'failed' : 'deferred' };
}

/** For one recipient. A verdict about the account counts as temporary here, because the recipient is not at fault. */
function toResult(address: string, { verdict, code, error, reason }: JudgedRefusal): RecipientResult {
  return {
    address,
    status: verdict === 'failed' ? 'error' : 'deferred',
    error,
    ...(code !== undefined && { smtp_code: code }),
    ...(reason !== undefined && { reason }),
  };
}
