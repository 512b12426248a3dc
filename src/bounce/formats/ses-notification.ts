// Reads a notification of Amazon SES, which comes as JSON, bare or inside one of Amazon SNS.
import type { ReadingKind, RecipientAction } from '../parse/reading.js';

interface Notification {
  kind: Extract<ReadingKind, 'bounce' | 'delay' | 'complaint' | 'delivered'>;
  recipients: { address: string; action?: RecipientAction; status?: string; diagnostic: string }[];
  /** The ids that SES and the sender gave to the mail. */
  messageIds: string[];
}

/** Notices stand in short mails. */
const mostCharacters = 100_000;

type Json = Record<string, unknown>;
const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export function readSesNotification(text: string): Notification | undefined {
  if (!/"(?:notification|event)Type\\?"\s*:/.test(text.slice(0, mostCharacters))) return undefined;
  const from = text.indexOf('{');
  const to = text.slice(0, mostCharacters).lastIndexOf('}');
  // SNS breaks lines in the middle of a word and begins the next one with a blank.
  const whole = parse(text.slice(from, to + 1).replace(/\n ?/g, ''));
  const told = whole !== undefined && typeof whole.Message === 'string' ? parse(whole.Message) : whole;
  return told && toNotification(told);
}

function parse(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function toNotification(told: Json): Notification | undefined {
  const type = textOf(told.notificationType) || textOf(told.eventType);
  const mail = isJson(told.mail) ? told.mail : {};
  const headers = isJson(mail.commonHeaders) ? mail.commonHeaders : {};
  const messageIds = [textOf(headers.messageId).replace(/^<|>$/g, ''), textOf(mail.messageId)].filter(
    (id) => id !== '',
  );
  const isDelay = type === 'DeliveryDelay';
  if (isJson(told.bounce) || isDelay) {
    const bounce = isJson(told.bounce) ? told.bounce : isJson(told.deliveryDelay) ? told.deliveryDelay : {};
    // SES: `Permanent` is hard, `Transient` and `Undetermined` are soft.
    const fallback = textOf(bounce.bounceType) === 'Permanent' ? '5.0.0' : '4.0.0';
    const sub = textOf(bounce.bounceSubType);
    const recipients = listOf(bounce.bouncedRecipients ?? bounce.delayedRecipients)
      .filter(isJson)
      .map((one) => ({
        address: textOf(one.emailAddress),
        action: isDelay ? ('delayed' as const) : ('failed' as const),
        status: /^[245]\.\d{1,3}\.\d{1,3}$/.exec(textOf(one.status))?.[0] ?? fallback,
        diagnostic: textOf(one.diagnosticCode).replace(/^smtp;\s*/i, '') || spaced(sub),
      }));
    return { kind: isDelay ? 'delay' : 'bounce', recipients, messageIds };
  }
  if (isJson(told.complaint)) {
    const recipients = listOf(told.complaint.complainedRecipients).filter(isJson);
    return {
      kind: 'complaint',
      recipients: recipients.map((one) => ({ address: textOf(one.emailAddress), diagnostic: '' })),
      messageIds,
    };
  }
  if (!isJson(told.delivery)) return undefined;
  const response = textOf(told.delivery.smtpResponse);
  const recipients = listOf(told.delivery.recipients).map((one) => ({
    address: textOf(one),
    action: 'delivered' as const,
    diagnostic: response,
  }));
  return { kind: 'delivered', recipients, messageIds };
}

/** `MailboxFull` as words, as phrases are searched for. */
function spaced(name: string): string {
  return name.replace(/(?<=[a-z])(?=[A-Z])/g, ' ');
}
