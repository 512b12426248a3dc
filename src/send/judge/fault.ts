// How an SMTP conversation failed: at which step, through what fault, and whether the mail may have left all the same.
import { reasonOf } from '../../errors.js';
import type { Hide } from '../smtp/hide-credentials.js';
import { explainTls, handshakeEnded, isCertificateFault } from './explain-tls.js';
import { oneLine, parseReply } from './reply.js';

/**
 * `connect` lasts from the name look-up until the server is ready; the others are AUTH, MAIL, RCPT, and DATA with the body
 * and the final reply.
 */
export type Step = 'connect' | 'login' | 'sender' | 'recipient' | 'message';

/** The part at fault when no reply names one. */
type Blame = 'network' | 'certificate' | 'account' | 'message';

export interface RecipientReply {
  address: string;
  /** Absent if the recipient was accepted. Without `reply` the server was not asked. */
  refusal?: {
    error: string;
    reply?: string;
    /** It was not sent to, and is tried again like one that was refused for now. */
    isLater?: true;
    /** It was not sent to, because the server takes only so many at once, and comes next. */
    isNext?: true;
  };
}

/** All that is known of the failure. Judging needs nothing else, so it can be tested without a server. */
interface Facts {
  step: Step;
  blame: Blame;
  /** The reply that ended the step. */
  reply?: string;
  /** What a server said that is no SMTP reply. It may be any service of any network, so this is for the log alone. */
  foreign?: string;
  /** What was said over a connection that could not be opened, where the account keeps transcripts. */
  said?: readonly string[];
  /** The code of the system error or of nodemailer: ECONNREFUSED, CERT_HAS_EXPIRED. */
  code?: string;
  /** One entry for each recipient of the envelope, if at least one was refused. */
  recipients?: RecipientReply[];
  /** The recipient whose refusal ended the session (421), so that nothing was said of the others. */
  endedBy?: string;
  /** Whether the body and its final dot may have reached the server without a reply. */
  bodyLeft?: boolean;
  /** Whether the failed connection was that of another attempt, for which this one waited. */
  ofAnother?: boolean;
  /** Whether nothing failed: all connections that the account may have are in use, by other processes. */
  hasNoRoom?: boolean;
}

/** The message is one line of bounded length without credentials. */
export class SmtpFault extends Error {
  readonly facts: Readonly<Facts>;

  constructor(message: string, facts: Facts) {
    super(oneLine(message));
    this.name = 'SmtpFault';
    this.facts = facts;
  }

  withSaid(said: readonly string[]): SmtpFault {
    return new SmtpFault(this.message, { ...this.facts, said });
  }

  /** The same fault for an attempt that only waited for this one's connection. */
  ofAnother(): SmtpFault {
    return new SmtpFault(this.message, { ...this.facts, ofAnother: true });
  }
}

/** Told where the password stays here, because it would leave in clear (contract section 6). */
export const unencrypted = {
  code: 'EPLAINTEXT',
  message:
    'The server offers no TLS, and the password is not sent without it unless use_tls is false or allow_plaintext is true',
};

/** There is no connection for this attempt, and the message leaves later, as if the attempt had not been begun. */
export function noRoom(): SmtpFault {
  const message = 'All connections that the account may have are in use';
  return new SmtpFault(message, { step: 'connect', blame: 'network', hasNoRoom: true });
}

/** The code of a server that gave a reply when none was due, or the reply to another command. */
export const outOfStep = 'EPROTOCOL';

/** The code of a server that sends nothing at all where a greeting is due. */
export const noGreeting = 'ESILENT';

/** Told of a server that does not speak SMTP, in place of what it said. */
export const noMailServer = 'The server does not answer as a mail server does';

/**
 * Turns an error of nodemailer into a fault of this step.
 * @param inHandshake whether TLS was being negotiated
 */
export function toFault(error: unknown, step: Step, hide: Hide, inHandshake = false): SmtpFault {
  if (error instanceof SmtpFault) return error;
  const { code, originalCode, response } = Object(error) as Record<string, unknown>;
  const atLogin = step === 'login';
  // Bounded, because a server may send 16 KB for each of a thousand recipients.
  const reply =
    typeof response === 'string' && response !== '' ? hide(response, atLogin).slice(0, 2000) : undefined;
  if (reply !== undefined && parseReply(reply) === undefined) {
    return new SmtpFault(noMailServer, { step, blame: 'network', foreign: oneLine(reply) });
  }
  // nodemailer replaces the code of a system error by one of its own and keeps the original.
  const system = originalCode ?? code;
  const known =
    inHandshake && endsConnection.has(String(system)) && reply === undefined ? handshakeEnded : system;
  const plain = reply === undefined ? explainTls(String(known)) : undefined;
  const said = hide(reasonOf(error), atLogin);
  return new SmtpFault(known === wrongName ? `${plain}: ${said}` : (plain ?? said), {
    step,
    ...(typeof known === 'string' && { code: known }),
    ...(reply === undefined
      ? { blame: blameOf(String(code), String(originalCode)) }
      : { blame: 'network', reply }),
  });
}

/** Of a certificate for other names, which Node's text tells. */
const wrongName = 'ERR_TLS_CERT_ALTNAME_INVALID';

/** Told of a connection that ended before TLS was negotiated. */
const endsConnection = new Set(['ECONNRESET', 'EPIPE', 'ETLS', 'ECONNECTION']);

/**
 * For a failure without a reply. Any code that is not known here counts as a fault of the network, after which the
 * message is tried again.
 */
function blameOf(code: string, original: string): Blame {
  // nodemailer itself refuses the envelope or the mail.
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return 'message';
  if (code === 'EAUTH') return 'account';
  return isCertificateFault(code) || isCertificateFault(original) ? 'certificate' : 'network';
}
