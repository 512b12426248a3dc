// Judges how an attempt ended: the only place that reads SMTP replies and network errors.
import { reasonOf } from '../errors.js';
import type { RecipientResult } from '../message.js';
import type { Accepted } from './transport.js';

export type Outcome =
  /** The server took it for at least one; an entry for each recipient of this attempt. */
  | { kind: 'sent'; smtpCode: number; response: string; recipients: RecipientResult[] }
  /** Nothing was taken; with recipients where the replies were to recipients. */
  | { kind: 'deferred' | 'failed'; error: string; smtpCode?: number; recipients?: RecipientResult[] }
  /** The body was handed over completely, and what became of it is unknown. */
  | { kind: 'in_doubt'; error: string }
  /** The account, not the message, is at fault: it rests for a while, or until it is changed or verified. */
  | {
      kind: 'rest';
      until: 'backoff' | 'changed';
      error: string;
      smtpCode?: number;
      /** Whether the attempt counts, as a permanent failure of the message; else it goes back unharmed. */
      burns: boolean;
      /** The rule for such replies, where one applied. */
      rule?: string;
    };

/** What nodemailer tells of an error; `original` is the code of the system error behind it. */
interface SmtpFault {
  code: string;
  original: string;
  responseCode: number | undefined;
  recipientCodes: number[];
  bodyLeft: boolean;
}

export function judgeAcceptance({ response, recipients }: Accepted): Outcome {
  const smtpCode = replyCode(response) ?? 250;
  return {
    kind: 'sent',
    smtpCode,
    response,
    recipients: recipients.map(({ address, error }) =>
      error === undefined ? { address, status: 'sent', smtp_code: smtpCode } : judgeRecipient(address, error),
    ),
  };
}

function judgeRecipient(address: string, error: unknown): RecipientResult {
  const fault = readFault(error);
  const code = fault.responseCode;
  return {
    address,
    status: code !== undefined && code < 500 ? 'deferred' : 'error',
    error: oneLine(reasonOf(error)),
    ...(code !== undefined && { smtp_code: code }),
  };
}

/**
 * What a failed attempt means: a 5xx reply is final for the message, a 4xx reply and everything without a reply,
 * where later may go better, are not; what is said of the account makes the account rest.
 */
export function judgeFailure(error: unknown): Outcome {
  const fault = readFault(error);
  const { responseCode } = fault;
  const told = {
    error: oneLine(reasonOf(error)),
    ...(responseCode !== undefined && { smtpCode: responseCode }),
  };
  if (fault.bodyLeft && responseCode === undefined) return { kind: 'in_doubt', error: told.error };
  if (responseCode === 421 || responseCode === 454) {
    return { kind: 'rest', until: 'backoff', burns: false, ...told };
  }
  if (isRefusalOfAccount(fault)) return { kind: 'rest', until: 'changed', burns: true, ...told };
  return { kind: isFinal(fault) ? 'failed' : 'deferred', ...told };
}

function isRefusalOfAccount({ code, original, responseCode }: SmtpFault): boolean {
  if (code === 'EAUTH') return responseCode === undefined || responseCode >= 500;
  return responseCode === undefined && (isCertificateFault(code) || isCertificateFault(original));
}

function isFinal({ code, responseCode, recipientCodes }: SmtpFault): boolean {
  // When every recipient was refused, one who may be accepted later keeps the message alive.
  if (recipientCodes.length > 0) return recipientCodes.every((n) => n >= 500);
  if (responseCode !== undefined) return responseCode >= 500;
  // Larger than the SIZE the server named (RFC 1870), or an envelope it can never take.
  return code === 'EMESSAGE' || code === 'EENVELOPE';
}

/** The names OpenSSL and Node give to certificates that do not verify. */
function isCertificateFault(code: string): boolean {
  return /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|LEAF_SIGNATURE|ISSUER/.test(code);
}

function readFault(error: unknown): SmtpFault {
  const fields = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  const each = Array.isArray(fields.rejectedErrors) ? fields.rejectedErrors : [];
  return {
    code: String(fields.code ?? ''),
    original: String(fields.originalCode ?? ''),
    responseCode: numberIn(fields.responseCode),
    recipientCodes: each
      .map((one: unknown) => readFault(one).responseCode)
      .filter((code) => code !== undefined),
    bodyLeft: fields.bodyLeft === true,
  };
}

function numberIn(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function replyCode(response: string): number | undefined {
  const code = Number(response.slice(0, 3));
  return Number.isInteger(code) && code >= 200 ? code : undefined;
}

/** Replies may have many lines, and hold what PostgreSQL refuses; the database and the report get one line, and bounded. */
function oneLine(text: string): string {
  return text.slice(0, 1000).replace(/[\s\p{Cc}\p{Cs}]+/gu, ' ');
}
