// Mails that are made to exhaust a reader: each is some megabytes of one thing.

const times = (text: (n: number) => string, count: number) =>
  Array.from({ length: count }, (_, n) => text(n)).join('');
const head =
  'From: MAILER-DAEMON@example.net\nTo: shop@example.com\nSubject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\n';
const mixed = `${head}Content-Type: multipart/mixed; boundary=b\n\n`;
const report = `${head}Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nfailed\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n`;
const plain = `${head}Content-Type: text/plain; charset=utf-8\n\n`;
const html = `${head}Content-Type: text/html\n\n`;

export const bombs: Record<string, () => string> = {
  '100,000 parts': () => mixed + times((n) => `--b\nContent-Type: text/plain\n\n${n}\n`, 100_000),
  '100,000 containers in each other': () =>
    head + times((n) => `Content-Type: multipart/mixed; boundary=b${n}\n\n--b${n}\n`, 100_000),
  '100,000 containers that are never begun': () =>
    mixed + times((n) => `--b\nContent-Type: multipart/mixed; boundary=c${n}\n\n`, 100_000),
  '50,000 mails in each other': () => head + times(() => 'Content-Type: message/rfc822\n\n', 50_000),
  '1,000,000 lines that could be boundaries': () => mixed + '--b--x\n'.repeat(1_000_000),
  'a header of 10 MB': () => `${head}X-Long: ${'a '.repeat(5_000_000)}\n\nbody`,
  '500,000 header fields': () => head + times((n) => `X-${n}: y\n`, 500_000),
  '5,000,000 folded lines': () => `${head}Subject: a\n${' b\n'.repeat(3_000_000)}\n`,
  '100,000 reported recipients': () =>
    report +
    times((n) => `Final-Recipient: rfc822; u${n}@example.org\nAction: failed\nStatus: 5.1.1\n\n`, 100_000),
  'recipients and a notice that names them all': () =>
    `${head}Content-Type: multipart/report; boundary=b\n\n--b\n\n${times((n) => `<u${n}@example.org>: no such user\n`, 5_000)}--b\nContent-Type: message/delivery-status\n\n${times((n) => `Final-Recipient: rfc822; u${n}@example.org\nAction: failed\n\n`, 5_000)}`,
  'base64 of 10 MB': () => `${head}Content-Transfer-Encoding: base64\n\n${'QUFB'.repeat(2_500_000)}`,
  'quoted-printable of 9 MB': () =>
    `${head}Content-Transfer-Encoding: quoted-printable\n\n${'=41='.repeat(2_300_000)}`,
  'open angle brackets': () => html + '<'.repeat(2_000_000),
  'styles that never end': () => html + '<style '.repeat(300_000),
  'styles that end': () => html + '<style></style>'.repeat(150_000),
  entities: () => html + '&#65;'.repeat(400_000),
  'at signs': () => plain + '@'.repeat(2_000_000),
  'addresses in a line': () => plain + 'a@b.c '.repeat(400_000),
  'dots and labels': () => plain + 'a.'.repeat(1_000_000),
  'labels behind an at sign': () => `${plain}${times(() => `x@${'a.'.repeat(900)}\n`, 1000)}`,
  'addresses, one a line': () => plain + times((n) => `<u${n}@example.org>: 550 no such user\n`, 60_000),
  'digits and dots': () => plain + '550 5.1.1 '.repeat(200_000),
  'unfinished encoded-words': () => `${head}Subject: ${'=?utf-8?B?'.repeat(500_000)}\n\n`,
  blanks: () => plain + ' '.repeat(5_000_000),
  'words that begin phrases': () => plain + 'mailbox user recipient address account '.repeat(50_000),
  'words that begin other phrases': () =>
    `${plain}could not message size exceeds the limit of ip reputation `.repeat(20_000),
  'nested parentheses': () => `${head}X-Failed-Recipients: ${'('.repeat(1_000_000)}\n\n`,
  'JSON of brackets': () => `${plain}{"notificationType":"Bounce","x":${'['.repeat(1_000_000)}}`,
  'nothing but CR': () => '\r'.repeat(5_000_000),
  zeros: () => '\0'.repeat(5_000_000),
};
