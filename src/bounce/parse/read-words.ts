// Reads a mail without a machine-readable report, by its words: the notices of servers that know no RFC 3464, and all else.
import { fieldOf, fieldsOf } from '../mime/header-fields.js';
import { addressesIn, isSameAddress } from './addresses.js';
import { findRecipients, type Noticed, wordsOf } from './find-recipients.js';
import { findMarks, judgeKind } from './judge-kind.js';
import type { Mail } from './mail.js';
import type { Reading } from './reading.js';
import { toRecipientReading } from './recipient-reading.js';

export function readWords({ fields, parts, notice, reading }: Mail): Reading {
  const words = notice.lines.join('\n');
  const { returned, envelope } = reading;
  const returnsMail =
    notice.returned !== '' ||
    returned.messageIds.length > 0 ||
    parts.some(({ enclosed }) => enclosed !== undefined);
  const kind = judgeKind(findMarks(fields, words, returnsMail));
  if (kind !== 'bounce' && kind !== 'delay') return { kind, recipients: [], ...reading };
  const senders = [fieldOf(fields, 'to'), fieldOf(fields, 'from')].flatMap(addressesIn);
  const noticed = findRecipients(notice.lines, senders);
  const named = nameRecipients(noticed, fieldsOf(fields, 'x-failed-recipients').flatMap(addressesIn), [
    ...returned.to,
    ...envelope.flatMap(({ verpRecipient }) => verpRecipient ?? []),
  ]);
  // Words of failure without a failed recipient: a mail that talks about mail.
  if (named.length === 0) return { kind: 'other', recipients: [], ...reading };
  const all = wordsOf(notice.lines);
  const recipients = named.map((address) => {
    const near = noticed.recipients.find((one) => isSameAddress(one.address, address))?.words ?? '';
    return toRecipientReading({
      address,
      action: kind === 'bounce' ? 'failed' : 'delayed',
      isReported: false,
      diagnostic: near,
      words: named.length === 1 ? all : '',
    });
  });
  return { kind, recipients, ...reading };
}

/** `X-Failed-Recipients` first, then what the notice names, then the single recipient of the returned mail. */
function nameRecipients(noticed: Noticed, failed: string[], returnedTo: string[]): string[] {
  if (failed.length > 0) return [...new Set(failed)];
  const found = noticed.recipients.map(({ address }) => address);
  if (found.length > 0 && (noticed.isCertain || found.length <= 3)) return found;
  return returnedTo.length === 1 ? returnedTo : found.slice(0, 1);
}
