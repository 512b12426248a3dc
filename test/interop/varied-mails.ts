// 35 mails that differ in all that mail servers and readers treat specially.

interface Box {
  name?: string;
  address: string;
}

export interface VariedMail {
  id: string;
  from: Box;
  to: Box[];
  cc?: Box[];
  bcc?: Box[];
  replyTo?: Box[];
  /** The envelope sender; absent: the address of `from`. */
  returnPath?: string;
  subject: string;
  text?: string;
  html?: string;
  headers?: Record<string, string>;
  messageId?: string;
  /** Whether an address is beyond ASCII, so that the server has to know SMTPUTF8. */
  isUtf8?: boolean;
}

const sender: Box = { name: 'Shop', address: 'shop@acme.test' };

type Some = Partial<Omit<VariedMail, 'id'>>;
const mail = (id: string, some: Some = {}): VariedMail => ({
  id,
  from: sender,
  to: [{ address: `${id}@example.test` }],
  subject: `About ${id}`,
  ...(some.html === undefined && { text: `This is ${id}.` }),
  ...some,
});

const subjects: Record<string, string> = {
  german: 'Größe übermäßig, Ärger mit „Anführung“',
  greek: 'Επιβεβαίωση παραγγελίας αριθμός 17',
  russian: 'Подтверждение заказа и счёт за октябрь',
  arabic: 'تأكيد الطلب رقم ١٧',
  hebrew: 'אישור הזמנה מספר 17',
  hindi: 'आपके आदेश की पुष्टि',
  thai: 'การยืนยันคำสั่งซื้อของคุณ',
  chinese: '您的訂單已確認並將於明天發貨，感謝您的購買',
  japanese: 'ご注文の確認（株式会社エックス）',
  korean: '주문이 확인되었습니다',
  emoji: '🎉 Done 👩‍👩‍👧‍👦 and more 🇪🇺',
  'literal-word': '=?utf-8?Q?not=20decoded?= stays as it is',
  'ascii-specials': 'a "quoted" <angle> (round) [square]; semi, comma: colon @ at \\ back',
  'long-words': 'word '.repeat(150).trim(),
  'long-unbroken': 'x'.repeat(1200),
  'long-unbroken-utf8': 'ü€'.repeat(500),
};

export const variedMails: VariedMail[] = [
  ...Object.entries(subjects).map(([id, subject]) => mail(id, { subject })),
  mail('body-empty', { text: '' }),
  mail('body-dots', { text: '.\n..\n...\n.hidden\nmiddle\n.\nlast\n..' }),
  mail('body-long-line', { text: `${'abcdefghij '.repeat(600)}end` }),
  mail('body-unbroken-line', { text: `short\n${'y'.repeat(5000)}\nshort` }),
  mail('body-utf8', { text: 'Grüße\nΚαλημέρα κόσμε\n你好世界\n🎉\n' }),
  mail('body-from-line', { text: 'From here on\n>From there\nFrom: nobody\n\nRSET\nQUIT' }),
  mail('body-blanks', {
    text: 'ends in blanks   \n\ttab first\n\n\n\nafter three empty lines =20 =\n-- \nsignature',
  }),
  mail('body-large', { text: 'A line of some length that repeats.\n'.repeat(8000) }),
  mail('html', { html: '<p>Hello <b>world</b> &amp; others</p>\n<pre>.\n..</pre>' }),
  mail('html-utf8-long', { html: `<html><body>${'<td>ü € 漢</td>'.repeat(400)}</body></html>` }),
  mail('alternative', { text: 'Plain Grüße\n.\n', html: '<p>Rich Grüße</p>' }),
  mail('recipients', {
    to: Array.from({ length: 30 }, (_, n) => ({ name: `Person, No. ${n}`, address: `to-${n}@example.test` })),
    cc: Array.from({ length: 20 }, (_, n) => ({ address: `cc-${n}@example.net` })),
    bcc: Array.from({ length: 10 }, (_, n) => ({ address: `bcc-${n}@example.org` })),
  }),
  mail('quoted-local-part', {
    to: [
      { address: '"john doe"@example.test' },
      { address: '"..x"@example.test' },
      { address: '"a,b"@example.test' },
    ],
  }),
  mail('odd-local-part', { to: [{ address: "o'hara+tag/x=y!#$%&*-{}~@example.test" }] }),
  mail('names', {
    from: { name: 'Größe & Söhne, "Vertrieb"', address: 'sales@acme.test' },
    to: [
      { name: 'Müller, Jürgen (Chef)', address: 'jm@example.test' },
      { name: '山田 太郎', address: 'yamada@example.test' },
      { name: 'Ann "The Boss" O\'Neil', address: 'ann@example.test' },
    ],
    replyTo: [{ name: 'Büro', address: 'office@acme.test' }, { address: 'second@acme.test' }],
  }),
  mail('idn', { to: [{ address: 'ann@bücher.example' }] }),
  mail('utf8-local-part', { to: [{ address: 'jürgen@example.test' }], isUtf8: true }),
  mail('headers', {
    headers: {
      'List-Id': '"Weekly, news" <weekly.example.org>',
      'List-Unsubscribe': '<https://acme.test/u?x=1>, <mailto:u@acme.test?subject=off>',
      'X-SMTPAPI': '{"category":"c","to":["a","b"]}',
      'X-Long': 'value '.repeat(300).trim(),
      'Feedback-ID': 'a1:b2:c3:acme',
    },
    messageId: '<fixed.id.17@acme.test>',
  }),
  mail('return-path', { returnPath: 'bounces+17@acme.test' }),
];

/** As an application hands it in. */
export function handedIn(given: VariedMail): Record<string, unknown> {
  const { id, from, to, cc, bcc, replyTo, returnPath, subject, text, html, headers, messageId } = given;
  return {
    id,
    from: writeBox(from),
    to: to.map(writeBox),
    subject,
    ...(cc && { cc: cc.map(writeBox) }),
    ...(bcc && { bcc: bcc.map(writeBox) }),
    ...(replyTo && { reply_to: replyTo.map(writeBox) }),
    ...(returnPath !== undefined && { return_path: returnPath }),
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    ...(headers && { headers }),
    ...(messageId !== undefined && { message_id: messageId }),
  };
}

function writeBox({ name, address }: Box): string {
  return name === undefined ? address : `"${name.replace(/["\\]/g, '\\$&')}" <${address}>`;
}
