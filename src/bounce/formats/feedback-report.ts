// Reads a complaint: a feedback report (RFC 5965), or Microsoft's forwarded mail.
import { fieldOf, fieldsOf, readHeaderFields } from '../mime/header-fields.js';
import { addressesIn, addressOfField } from '../parse/addresses.js';

/** What providers report beside complaints: authentication failures (RFC 6591), and mail that is no spam after all. */
const noComplaint = /^(?:auth-failure|dmarc|not-spam|dkim)/i;

/** @returns the recipients who complained, as far as they are named; undefined if the report is no complaint */
export function readFeedbackReport(text: string): string[] | undefined {
  const { fields } = readHeaderFields(text.replace(/^\s+/, ''), 0);
  const kind = fieldOf(fields, 'feedback-type');
  if (noComplaint.test(kind)) return undefined;
  const named = [
    'original-rcpt-to',
    'x-hmxmroriginalrecipient',
    'removal-recipient',
    'original-recipient',
    'final-recipient',
  ]
    .map((name) => fieldsOf(fields, name).flatMap((value) => addressOfField(value) ?? addressesIn(value)))
    .find((found) => found.length > 0);
  return [...new Set(named)];
}
