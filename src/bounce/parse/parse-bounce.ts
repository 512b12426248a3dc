// Reads a mail that came back: what it is, who did not get the mail, and which mail it was. Bounded, and never fails.
import { readFeedbackReport } from '../formats/feedback-report.js';
import { readSesNotification } from '../formats/ses-notification.js';
import { decodeHeader } from '../mime/decode-text.js';
import { fieldOf, fieldsOf, type HeaderFields } from '../mime/header-fields.js';
import type { MimePart } from '../mime/read-mime.js';
import { addressesIn } from './addresses.js';
import { type Mail, openMail } from './mail.js';
import { readReport } from './read-report.js';
import { readWords } from './read-words.js';
import type { Reading, RecipientReading } from './reading.js';
import { toRecipientReading } from './recipient-reading.js';

/**
 * More of a mail is not read. Reports stand before the mail that they return, so that a large one is cut off in what it
 * returns.
 */
export const mostBytesRead = 1024 * 1024;

/** @param raw the mail as it came, from its header on, read up to `mostBytesRead` */
export function parseBounce(raw: Uint8Array): Reading {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, mostBytesRead));
  const mail = openMail(bytes.toString('latin1'));
  return (
    readComplaint(mail) ?? readNotification(mail) ?? readReport(mail) ?? readReceipt(mail) ?? readWords(mail)
  );
}

function readComplaint({ parts, reading, fields }: Mail): Reading | undefined {
  const report = parts.find(({ type }) => type === 'message/feedback-report');
  const named = report ? readFeedbackReport(report.text()) : readForwardedComplaint(fields, parts);
  if (named === undefined) return report && { kind: 'other', recipients: [], ...reading };
  const addresses = named.length > 0 ? named : reading.returned.to;
  const recipients = addresses.map(
    (address): RecipientReading => ({ address, reason: 'complaint', addressIsDead: false }),
  );
  return { kind: 'complaint', recipients, ...reading };
}

/** Microsoft forwards the mail itself, with the recipient in a field of its own. */
function readForwardedComplaint(fields: HeaderFields, parts: MimePart[]): string[] | undefined {
  const forwarded = parts.flatMap(({ enclosed }) => enclosed ?? []);
  const recipients = fieldsOf([...fields, ...forwarded], 'x-hmxmroriginalrecipient').flatMap(addressesIn);
  if (recipients.length > 0) return recipients;
  const subject = decodeHeader(fieldOf(fields, 'subject'));
  return forwarded.length > 0 && /^(?:complaint about message from|e-?mail feedback report)\b/i.test(subject)
    ? []
    : undefined;
}

function readNotification({ notice, reading }: Mail): Reading | undefined {
  const told = readSesNotification([...notice.lines, notice.returned].join('\n'));
  if (told === undefined) return undefined;
  const recipients = told.recipients.map(
    (one): RecipientReading =>
      told.kind === 'complaint'
        ? { address: one.address, reason: 'complaint', addressIsDead: false }
        : toRecipientReading({ ...one, action: one.action ?? 'failed', isReported: true, words: '' }),
  );
  const messageIds = [...told.messageIds, ...reading.returned.messageIds];
  return { kind: told.kind, recipients, ...reading, returned: { ...reading.returned, messageIds } };
}

/** RFC 8098. */
function readReceipt({ parts, reading }: Mail): Reading | undefined {
  const isReceipt = parts.some(({ type }) => /^message\/(?:global-)?disposition-notification$/.test(type));
  return isReceipt ? { kind: 'read-receipt', recipients: [], ...reading } : undefined;
}
