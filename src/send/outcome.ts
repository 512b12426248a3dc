// Judges how an attempt ended: the only place that reads SMTP replies and network errors.
import { reasonOf } from '../errors.js';
import type { Accepted } from './transport.js';

export type Outcome =
  | { kind: 'sent'; smtpCode: number; response: string; refused: Refusal[] }
  | { kind: 'deferred' | 'failed'; error: string; smtpCode?: number };

/** A recipient whom the server refused while it took the mail for others. */
export interface Refusal {
  address: string;
  error: string;
  smtp_code?: number;
}

/** What nodemailer tells of an error; `original` is the code of the system error behind it. */
interface SmtpFault {
  code: string;
  original: string;
  responseCode: number | undefined;
  recipientCodes: number[];
}

export function judgeAcceptance({ response, refused }: Accepted): Outcome {
  return {
    kind: 'sent',
    smtpCode: replyCode(response) ?? 250,
    response,
    refused: refused.map(({ address, error }) => {
      const code = readFault(error).responseCode;
      return { address, error: reasonOf(error), ...(code !== undefined && { smtp_code: code }) };
    }),
  };
}

/**
 * What a failed attempt means for the message: a 5xx reply, refused credentials and a certificate that does not hold
 * are final; a 4xx reply and everything without a reply, where later may go better, are not.
 */
export function judgeFailure(error: unknown): Outcome {
  const fault = readFault(error);
  const { responseCode } = fault;
  return {
    kind: isFinal(fault) ? 'failed' : 'deferred',
    error: oneLine(reasonOf(error)),
    ...(responseCode !== undefined && { smtpCode: responseCode }),
  };
}

function isFinal({ code, original, responseCode, recipientCodes }: SmtpFault): boolean {
  // When every recipient was refused, one who may be accepted later keeps the message alive.
  if (recipientCodes.length > 0) return recipientCodes.every((n) => n >= 500);
  if (responseCode !== undefined) return responseCode >= 500;
  if (code === 'EAUTH') return true;
  if (isCertificateFault(code) || isCertificateFault(original)) return true;
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
