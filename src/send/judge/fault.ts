// How an SMTP conversation failed: at which step, because of what, and whether the mail may have left all the same.
import { reasonOf } from '../../errors.js';
import type { Hide } from '../smtp/hide-credentials.js';
import { oneLine } from './reply.js';

/** From the name look-up until the server is ready; AUTH; MAIL; RCPT; DATA, the body and the final reply. */
export type Step = 'connect' | 'login' | 'sender' | 'recipient' | 'message';

/** What was at fault where no reply says so. */
export type Blame = 'network' | 'certificate' | 'account' | 'message';

export interface RecipientReply {
  address: string;
  /** Where this one was refused: why, in a line, and what the server said if it was asked at all. */
  refusal?: { error: string; reply?: string };
}

interface Facts {
  step: Step;
  blame: Blame;
  /** The reply that ended the step. */
  reply?: string;
  /** What the system or nodemailer calls the error: ECONNREFUSED, CERT_HAS_EXPIRED. */
  code?: string;
  /** One for each recipient of the envelope, once any of them was refused. */
  recipients?: RecipientReply[];
  /** The body and its terminating dot may have reached the server, and no reply to them came. */
  bodyLeft?: boolean;
  /** This attempt waited for the one connection that was tried for all, and that failed. */
  ofAnother?: boolean;
}

/** Its message is one line, bounded, and holds no credentials. */
export class SmtpFault extends Error {
  readonly facts: Readonly<Facts>;

  constructor(message: string, facts: Facts) {
    super(oneLine(message));
    this.name = 'SmtpFault';
    this.facts = facts;
  }

  /** The same, as one who only waited for that attempt sees it. */
  ofAnother(): SmtpFault {
    return new SmtpFault(this.message, { ...this.facts, ofAnother: true });
  }
}

/** What nodemailer threw, as a fault of this step. */
export function toFault(error: unknown, step: Step, hide: Hide): SmtpFault {
  if (error instanceof SmtpFault) return error;
  const { code, originalCode, response } = Object(error) as Record<string, unknown>;
  const atLogin = step === 'login';
  // A server may say 16 KB to each of a thousand recipients.
  const reply =
    typeof response === 'string' && response !== '' ? hide(response, atLogin).slice(0, 2000) : undefined;
  const known = originalCode ?? code;
  return new SmtpFault(hide(reasonOf(error), atLogin), {
    step,
    ...(typeof known === 'string' && { code: known }),
    ...(reply === undefined
      ? { blame: blameOf(String(code), String(originalCode)) }
      : { blame: 'network', reply }),
  });
}

function blameOf(code: string, original: string): Blame {
  // An envelope or a mail that nodemailer itself refuses.
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return 'message';
  if (code === 'EAUTH') return 'account';
  return isCertificateFault(code) || isCertificateFault(original) ? 'certificate' : 'network';
}

/** The names OpenSSL and Node give to certificates that do not verify. */
function isCertificateFault(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|LEAF_SIGNATURE|ISSUER/.test(code);
}
