// Mails with a report that a machine can read, as servers send them.

const part = (type: string, body: string, more = '') => `--b\nContent-Type: ${type}${more}\n\n${body}\n`;
const returned = part(
  'message/rfc822',
  'Return-Path: <prvs=1234567890=shop@example.com>\nMessage-ID: <m1@example.com>\nX-Genro-Mail-ID: order-1\nFrom: shop@example.com\nTo: ann@example.org\nSubject: Order\n\nHello',
);
export const group = (address: string, action: string, status: string, diagnostic: string) =>
  `Final-Recipient: rfc822; ${address}\nAction: ${action}\nStatus: ${status}\nDiagnostic-Code: smtp; ${diagnostic}\n`;

/** @param groups the fields of the recipients, with blank lines between them */
export function reportMail(
  groups: string,
  {
    notice = 'Your message could not be delivered.',
    to = 'bounces@example.com',
    type = 'message/delivery-status',
    headers = '',
  } = {},
): string {
  return `Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net (Mail Delivery System)\nTo: ${to}\n${headers}Subject: Undelivered Mail Returned to Sender\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status;\n\tboundary="b"\n\n${part('text/plain; charset=us-ascii', notice)}${part(type, `Reporting-MTA: dns; mx.example.net\n\n${groups}`)}${returned}--b--\n`;
}

export function feedbackMail(fields: string): string {
  return `From: fbl@example.net\nTo: fbl@example.com\nSubject: Abuse report\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary=b\n\n${part('text/plain', 'This is an abuse report.')}${part('message/feedback-report', fields)}${returned}--b--\n`;
}

export const userUnknown = reportMail(
  group('ann@example.org', 'failed', '5.1.1', '550 5.1.1 <ann@example.org>: User unknown'),
);
