// Turns a mail as it stands in a file into a message that the API takes.
import { type AddressObject, type ParsedMail, simpleParser } from 'mailparser';
import { Fault } from '../../errors.js';

/** Headers that fields of the message carry, or that the service writes itself. */
const ownHeaders = new Set(
  'from to cc bcc reply-to subject date message-id sender return-path received mime-version dkim-signature'.split(
    ' ',
  ),
);

/** @throws Fault `bad_request` when it is no mail with a sender and a recipient */
export async function emlToMessage(raw: Buffer): Promise<Record<string, unknown>> {
  const mail = await simpleParser(raw, { skipImageLinks: true, skipTextToHtml: true });
  const from = addressesIn(mail.from)[0];
  const to = addressesIn(mail.to);
  if (from === undefined || to.length === 0) {
    throw new Fault('bad_request', 'The file is no mail: it has no From, or no To');
  }
  const lists = { cc: addressesIn(mail.cc), bcc: addressesIn(mail.bcc), reply_to: addressesIn(mail.replyTo) };
  return {
    from,
    to,
    ...Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)),
    subject: mail.subject,
    message_id: mail.messageId,
    text: mail.text,
    html: mail.html || undefined,
    headers: headersOf(mail),
    attachments: attachmentsOf(mail),
  };
}

function addressesIn(field: AddressObject | AddressObject[] | undefined): string[] {
  return [field ?? []]
    .flat()
    .flatMap(({ value }) => value.flatMap((one) => one.group ?? [one]))
    .flatMap(({ address, name }) => {
      if (!address) return [];
      return name ? `"${name.replace(/["\\]/g, '\\$&')}" <${address}>` : address;
    });
}

/** Undefined: there are none. */
function headersOf({ headerLines }: ParsedMail): Record<string, string> | undefined {
  const others = headerLines.filter(({ key }) => !ownHeaders.has(key) && !key.startsWith('content-'));
  const entries = others.map(({ line }) => {
    const [, name = '', value = ''] = /^([^:]+):\s*([\s\S]*)$/.exec(line) ?? [];
    return [name, value.replace(/\r?\n\s+/g, ' ').trim()] as const;
  });
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function attachmentsOf({ attachments }: ParsedMail): Record<string, unknown>[] | undefined {
  if (attachments.length === 0) return undefined;
  return attachments.map(({ filename, content, contentType, cid, related }, n) => ({
    filename: filename ?? `attachment-${n + 1}`,
    storage_path: `base64:${content.toString('base64')}`,
    mime_type: contentType,
    ...(related && cid !== undefined && { content_id: cid, inline: true }),
  }));
}
