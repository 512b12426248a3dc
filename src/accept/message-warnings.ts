// Says what of the messages of a call has no effect, a sentence for each kind however many messages have it.
import { attachmentFields } from './attachments/attachment-input.js';
import { type FieldNotes, findWarnings, mostWarnings } from './find-warnings.js';
import { messageInput } from './message-input.js';

const noPec = 'has no effect: receipts of certified mail (PEC) are not followed';

/** The fields of genro-mail-proxy for certified mail, of messages and of accounts. */
export const pecNotes = { is_pec: noPec, is_pec_account: noPec };

const notes: FieldNotes = { later: pecNotes };

/** Depends on the messages alone, so that a call repeated under its idempotency key is warned of the same. */
export function warningsAbout(messages: readonly Record<string, unknown>[]): string[] {
  const warnings = new Set<string>();
  for (const message of messages) {
    const all = [
      ...findWarnings(messageInput, message, notes),
      ...warningsOfAttachments(message.attachments),
      ...contradictions(message),
      ...emptiness(message),
    ];
    for (const warning of all) {
      if (warnings.size < mostWarnings) warnings.add(warning);
    }
  }
  return [...warnings];
}

function* warningsOfAttachments(attachments: unknown): Generator<string> {
  if (!Array.isArray(attachments)) return;
  for (const one of attachments) yield* findWarnings(attachmentFields, one, {}, 'field', 'attachments.');
}

/** Fields that lose against another one. */
function* contradictions(message: Record<string, unknown>): Generator<string> {
  const has = (field: string) => message[field] != null && message[field] !== '';
  if (has('from') && has('from_addr')) yield 'from_addr has no effect beside from';
  if (has('content_type') && !has('body') && (has('text') || has('html')))
    yield 'content_type has no effect without body';
}

/** An empty text is a body that the caller chose. */
function* emptiness({ body, text, html }: Record<string, unknown>): Generator<string> {
  if (body == null && text == null && typeof html !== 'string') {
    yield 'a message without body, text and html leaves with an empty body';
  }
}
