// Reads a mail that holds a delivery status report, in a part of its own or as text (RFC 3464, RFC 6522, RFC 6533).
import { type ReportedRecipient, readDeliveryStatus, type StatusReport } from '../formats/delivery-status.js';
import { fieldOf, fieldsOf } from '../mime/header-fields.js';
import { addressesIn, isSameAddress } from './addresses.js';
import { findRecipients, wordsOf } from './find-recipients.js';
import { findMarks } from './judge-kind.js';
import type { Mail } from './mail.js';
import type { Reading, ReadingKind, RecipientAction, RecipientReading } from './reading.js';
import { toRecipientReading } from './recipient-reading.js';

const mostReports = 20;

/** Undefined if the mail holds no report. */
export function readReport(mail: Mail): Reading | undefined {
  const parts = mail.parts
    .filter(({ type }) => /^message\/(?:global-)?delivery-status$/.test(type))
    .slice(0, mostReports);
  const reports = parts.map((part) => readDeliveryStatus(part.text()));
  if (parts.length === 0) {
    const inText = reportInText(mail);
    if (inText === undefined) return undefined;
    reports.push(inText);
  }
  const reported = reports.flatMap(({ recipients }) => recipients);
  const words = wordsAbout(mail.notice.lines, reported.length);
  const recipients = mergeRecipients(reported.flatMap((one) => toReading(one, words)));
  const named = recipients.length > 0 ? recipients : withoutReported(mail, reported[0]);
  const sender = reports.find((one) => one.sender !== undefined)?.sender;
  const returned = { ...(sender !== undefined && { envelopeSender: sender }), ...mail.reading.returned };
  return { kind: kindOf(named), recipients: named, envelope: mail.reading.envelope, returned };
}

/** The fields of a report in plain text: a server that knows no MIME, or a forwarded bounce. */
function reportInText(mail: Mail): StatusReport | undefined {
  const text = [...mail.notice.lines, mail.notice.returned].join('\n');
  const at = /^(?:final|original)-recipient:/im.exec(text)?.index;
  if (at === undefined || !/^action:/im.test(text)) return undefined;
  const { isListPost, isAnswer, isFromMailSystem } = findMarks(mail.fields, '', false);
  if (isListPost || (isAnswer && !isFromMailSystem)) return undefined;
  const report = readDeliveryStatus(text.slice(Math.max(0, at - 500)));
  return report.recipients.some(({ final, original }) => final ?? original) ? report : undefined;
}

/** What the notice says about an address: `near` it, and in all if it is about a single recipient. */
type WordsAbout = (addresses: string[]) => { near: string; all: string };

function wordsAbout(lines: string[], howMany: number): WordsAbout {
  const noticed = new Map(
    findRecipients(lines, []).recipients.map(({ address, words }) => [address.toLowerCase(), words]),
  );
  // A notice about a single recipient is about that one, whether or not it names him.
  const whole = howMany === 1 ? wordsOf(lines) : undefined;
  return (addresses) => {
    const near =
      addresses.map((one) => noticed.get(one.toLowerCase())).find((words) => words !== undefined) ?? '';
    return { near, all: whole ?? near };
  };
}

function toReading(
  { final, original, action, status, diagnostic }: ReportedRecipient,
  wordsOn: WordsAbout,
): RecipientReading[] {
  const address = final ?? original;
  if (address === undefined) return [];
  const { near, all } = wordsOn([address, original ?? address]);
  const reading = toRecipientReading({
    address,
    ...(original !== undefined && !isSameAddress(original, address) && { originalAddress: original }),
    action: action ?? actionByStatus(status),
    isReported: true,
    ...(status !== undefined && { status }),
    diagnostic: diagnostic || near,
    words: all,
  });
  return [reading];
}

function actionByStatus(status: string | undefined): RecipientAction {
  return status?.startsWith('2') === true ? 'delivered' : 'failed';
}

/** For a report without a recipient. `X-Failed-Recipients`, the notice, or a returned mail to one recipient may name him. */
function withoutReported(
  { fields, notice, reading }: Mail,
  report: ReportedRecipient | undefined,
): RecipientReading[] {
  const failed = fieldsOf(fields, 'x-failed-recipients').flatMap(addressesIn);
  const senders = [...addressesIn(fieldOf(fields, 'to')), ...addressesIn(fieldOf(fields, 'from'))];
  const noticed = findRecipients(notice.lines, senders);
  const named = failed.length > 0 ? failed : noticed.recipients.map(({ address }) => address);
  const { to } = reading.returned;
  return (named.length > 0 ? named : to.length === 1 ? to : []).map((address) => {
    const words =
      noticed.recipients.find((one) => isSameAddress(one.address, address))?.words ?? wordsOf(notice.lines);
    return toRecipientReading({
      address,
      action: report?.action ?? 'failed',
      isReported: report?.action !== undefined,
      ...(report?.status !== undefined && { status: report.status }),
      diagnostic: report?.diagnostic ?? '',
      words,
    });
  });
}

/** Each address once; what failed wins over what did not. */
function mergeRecipients(recipients: RecipientReading[]): RecipientReading[] {
  const weight = ({ action, type }: RecipientReading) =>
    action === 'failed' ? (type === 'hard' ? 3 : 2) : action === 'delayed' ? 1 : 0;
  const merged = new Map<string, RecipientReading>();
  for (const one of recipients) {
    const key = one.address.toLowerCase();
    const known = merged.get(key);
    if (known === undefined || weight(one) > weight(known)) merged.set(key, one);
  }
  return [...merged.values()];
}

function kindOf(recipients: RecipientReading[]): ReadingKind {
  if (recipients.some(({ action }) => action === 'failed')) return 'bounce';
  if (recipients.some(({ action }) => action === 'delayed')) return 'delay';
  return recipients.length > 0 ? 'delivered' : 'other';
}
