// The twenty mails of the demo: ordinary ones, and those that show what a queue is for.

export type Refusal = 'never' | 'first' | 'always';

export type DemoMail = {
  id: string;
  /** The recipient in `to`. It differs for every mail, so that the SMTP server can tell mails apart. */
  address: string;
  subject: string;
  /** The remark in the closing table. */
  special: string;
  priority: number;
  /** The SMTP server's answer to RCPT for `address`. */
  refusal: Refusal;
  /** Unix seconds; the mail must not arrive before. */
  notBeforeTs?: number;
  /** Every address of the envelope. */
  envelope: string[];
  /** The Bcc address: in the envelope, nowhere in the mail. */
  hidden?: string;
  /** The content of its attachment in base64, as it must arrive. */
  attached?: string;
  /** The message as posted. */
  posted: Record<string, unknown>;
};

export const tenantId = 'demo';
export const accountId = 'main';
const sender = 'Harbour Books <orders@harbour-books.example>';
const deferredSeconds = 3;
const greylisted = 'greylisted@readers.example';
const nobody = 'nobody@readers.example';
export const priorityNames = ['immediate', 'high', 'medium', 'low'];

/** How the SMTP server treats the address. */
export function refusalOf(address: string): Refusal {
  return address === greylisted ? 'first' : address === nobody ? 'always' : 'never';
}

type Draft = {
  to: string;
  subject: string;
  text?: string;
  html?: string;
  priority?: number | string;
  special?: string;
  extra?: Record<string, unknown>;
  copies?: string[];
  hidden?: string;
  attachment?: { filename: string; content: string };
};

/** The twenty mails, to be posted in one call. `now` is in Unix milliseconds. */
export function demoMails(now: number): DemoMail[] {
  // Rounded up to whole seconds, so that the mail waits at least three seconds.
  const notBeforeTs = Math.ceil(now / 1000) + deferredSeconds;
  return drafts(notBeforeTs).map((draft, index) => asMail(draft, index, notBeforeTs));
}

function asMail(draft: Draft, index: number, notBeforeTs: number): DemoMail {
  const id = `mail-${String(index + 1).padStart(2, '0')}`;
  const address = draft.to.match(/<(.+)>/)?.[1] ?? draft.to;
  const body = draft.html ?? draft.text ?? `Hello,\n\n${draft.subject}.\n\nHarbour Books\n`;
  return {
    id,
    address,
    subject: draft.subject,
    special: draft.special ?? (draft.html ? 'HTML' : 'plain'),
    priority: priorityNumber(draft.priority),
    refusal: refusalOf(address),
    ...(draft.extra && 'deferred_ts' in draft.extra ? { notBeforeTs } : {}),
    envelope: [address, ...(draft.copies ?? []), ...(draft.hidden ? [draft.hidden] : [])],
    ...(draft.hidden ? { hidden: draft.hidden } : {}),
    ...(draft.attachment ? { attached: base64(draft.attachment.content) } : {}),
    posted: {
      id,
      tenant_id: tenantId,
      account_id: accountId,
      from: sender,
      to: [draft.to],
      subject: draft.subject,
      body,
      content_type: draft.html ? 'html' : 'plain',
      ...(draft.priority === undefined ? {} : { priority: draft.priority }),
      ...attachmentsOf(draft),
      ...draft.extra,
    },
  };
}

function attachmentsOf({ attachment }: Draft): Record<string, unknown> {
  if (attachment === undefined) return {};
  const { filename, content } = attachment;
  return { attachments: [{ filename, storage_path: `base64:${base64(content)}` }] };
}

function base64(content: string): string {
  return Buffer.from(content).toString('base64');
}

function priorityNumber(given: number | string = 2): number {
  return typeof given === 'number' ? given : priorityNames.indexOf(given);
}

function drafts(notBeforeTs: number): Draft[] {
  const at = (name: string) => `${name}@readers.example`;
  const html = (line: string) =>
    `<!doctype html><html><body><h1>Harbour Books</h1><p>${line}</p></body></html>`;
  return [
    { to: at('ada'), subject: 'Your order 4711 is confirmed', priority: 'high' },
    { to: at('bruno'), subject: 'Your sign-in code is 835 204', priority: 'immediate' },
    { to: at('clara'), subject: 'Your order 4712 has shipped', priority: 1, html: html('On its way!') },
    { to: at('dmitri'), subject: 'New in March', priority: 'low', html: html('Six new novels.') },
    { to: at('elena'), subject: 'New in March', priority: 3, html: html('Six new novels.') },
    {
      to: greylisted,
      subject: 'Your invoice 2031',
      priority: 'high',
      special: '451 at first',
    },
    {
      to: at('farid'),
      subject: 'Your invoice 2032',
      priority: 2,
      special: 'attachment',
      attachment: { filename: 'Rechnung 2032 – März.csv', content: 'item;EUR\nÆnigma;14.90\n' },
    },
    {
      to: 'Zoë Müller-Łukasz <zoe@readers.example>',
      subject: 'Grüße aus der Bücherei – 本の到着です ✓',
      priority: 'medium',
      special: 'unicode',
      text: 'Liebe Zoë,\n\ndein Buch „Ænigma“ ist da. 本が届きました。\n.\nA line with a dot alone stands above.\n',
      extra: { from: 'Bücher am Hafen 港の本屋 <orders@harbour-books.example>' },
    },
    {
      to: nobody,
      subject: 'Your order 4713 is confirmed',
      priority: 'high',
      special: '550 always',
    },
    { to: at('gwen'), subject: 'Password changed', priority: 0 },
    {
      to: at('hana'),
      subject: 'Reading circle on Thursday',
      special: 'cc and bcc',
      copies: [at('ines')],
      hidden: at('archive'),
      extra: { cc: ['Ines <ines@readers.example>'], bcc: [at('archive')], reply_to: at('circle') },
    },
    {
      to: at('later'),
      subject: 'Your reservation ends in an hour',
      priority: 'immediate',
      special: `deferred ${deferredSeconds} s`,
      extra: { deferred_ts: notBeforeTs },
    },
    { to: at('jonas'), subject: 'Your order 4714 has shipped', priority: 'medium' },
    { to: at('kofi'), subject: 'A refund is on its way', priority: 1, html: html('14.90 EUR') },
    { to: at('lucia'), subject: 'New in March', priority: 'low', html: html('Six new novels.') },
    { to: at('mina'), subject: 'Your order 4715 is confirmed', priority: 2 },
    { to: at('noor'), subject: 'Your sign-in code is 118 920', priority: 0 },
    { to: at('otto'), subject: 'We miss you', priority: 3 },
    { to: at('pia'), subject: 'Your review is online', html: html('Thank you.') },
    { to: at('quentin'), subject: 'Your order 4716 is confirmed', priority: 'medium' },
  ];
}
