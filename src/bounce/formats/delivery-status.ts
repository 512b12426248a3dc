// Reads a delivery status report (RFC 3464): its recipients, each with what happened.
import { fieldOf, fieldsOf, type HeaderFields, readHeaderFields } from '../mime/header-fields.js';
import { addressOfField } from '../parse/addresses.js';
import type { RecipientAction } from '../parse/reading.js';

export interface ReportedRecipient {
  final?: string;
  original?: string;
  action?: RecipientAction;
  status?: string;
  /** Without its type. */
  diagnostic: string;
}

export interface StatusReport {
  recipients: ReportedRecipient[];
  /** `X-Postfix-Sender` and its like: the envelope sender of the returned mail. */
  sender?: string;
}

const mostRecipients = 1000;
const mostGroups = 2000;
const perRecipient =
  /^(?:final-recipient|original-recipient|action|status|diagnostic-code|x-actual-recipient)$/;

export function readDeliveryStatus(text: string): StatusReport {
  const report: StatusReport = { recipients: [] };
  for (const fields of groupsOf(text)) {
    const sender = addressOfField(fieldOf(fields, 'x-postfix-sender'));
    if (sender !== undefined) report.sender = sender;
    for (const one of recipientsOf(fields)) {
      if (report.recipients.length < mostRecipients) report.recipients.push(one);
    }
  }
  return report;
}

function groupsOf(text: string): HeaderFields[] {
  const groups: HeaderFields[] = [];
  let at = 0;
  while (at < text.length && groups.length < mostGroups) {
    const { fields, end } = readHeaderFields(text, at);
    if (fields.length > 0) groups.push(fields);
    if (end > at) at = end;
    else {
      // Not a field: the line is skipped.
      const newline = text.indexOf('\n', at);
      at = newline === -1 ? text.length : newline + 1;
    }
  }
  return groups;
}

/** One for a group, or several where a server puts no blank line between them. */
function recipientsOf(fields: HeaderFields): ReportedRecipient[] {
  const groups: HeaderFields[] = [];
  for (const field of fields) {
    if (!perRecipient.test(field[0])) continue;
    const current = groups.at(-1);
    const begins = field[0] === 'final-recipient' && current?.some(([name]) => name === 'final-recipient');
    if (current === undefined || begins) groups.push([field]);
    else current.push(field);
  }
  return groups
    .filter((group) => group.some(([name]) => /recipient$/.test(name) || name === 'action'))
    .map(toRecipient);
}

function toRecipient(fields: HeaderFields): ReportedRecipient {
  const final = addressOfField(fieldOf(fields, 'final-recipient'));
  const original = addressOfField(fieldOf(fields, 'original-recipient'));
  const action = actionOf(fieldOf(fields, 'action'));
  const status = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(fieldOf(fields, 'status'))?.[0];
  // Some servers give their own words first and the other server's in a second field.
  const diagnostics = fieldsOf(fields, 'diagnostic-code').map((value) =>
    value.replace(/^\s*[\w-]{1,40}\s*;\s*/, ''),
  );
  return {
    ...(final !== undefined && { final }),
    ...(original !== undefined && { original }),
    ...(action !== undefined && { action }),
    ...(status !== undefined && { status }),
    diagnostic: diagnostics.join(' ').replace(/\s+/g, ' ').trim(),
  };
}

/** Some servers write other words than the five of RFC 3464 section 2.3.3. */
function actionOf(value: string): RecipientAction | undefined {
  const word = /[a-z]+/.exec(value.toLowerCase())?.[0] ?? '';
  if (/^(?:fail|error|expired|bounce|undeliver|reject|dropp)/.test(word)) return 'failed';
  if (/^(?:delay|defer)/.test(word)) return 'delayed';
  if (/^(?:deliver|success)/.test(word)) return 'delivered';
  if (word === 'relayed') return 'relayed';
  return word === 'expanded' ? 'expanded' : undefined;
}
