// The ids that providers give to a mail in place of our Message-ID, as their replies and their bounces name them. No I/O.

/** Amazon SES: `250 Ok 0102018f2a7c4d10-...-000000`, in bounces with a domain behind it. */
const ofSes = /\b[0-9a-f]{16}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}-\d{6}\b/i;
const uuid = /(?<![0-9a-z-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z-])/i;
/** Outlook, Exchange and Brevo name the Message-ID itself. */
const messageId = /<([^<>\s@]{1,250}@[^<>\s@]{1,250})>/;

/**
 * @param reply the final reply of a server that took a mail
 * @returns undefined where the server names none, as most do
 */
export function findProviderMailId(reply: string): string | undefined {
  return messageId.exec(reply)?.[1] ?? (ofSes.exec(reply) ?? uuid.exec(reply))?.[0];
}

/** The forms in which a Message-ID may have been stored: whole, or what stands before the @ where that is unique by itself. */
export function formsOfMailId(id: string): string[] {
  const local = id.split('@')[0] ?? '';
  return local !== id && (ofSes.test(local) || uuid.test(local)) ? [id, local] : [id];
}
