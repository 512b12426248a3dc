// Writes mails that come back, as servers and providers send them (RFC 3464, RFC 5965).

interface Report {
  address: string;
  original?: string;
  action?: 'failed' | 'delayed' | 'delivered';
  status?: string;
  diagnostic?: string;
}

interface Returned {
  /** The address that it is delivered to. */
  to: string;
  recipients: Report[];
  /** Header lines of the mail that it returns. */
  headers?: string[];
}

let made = 0;

/** A delivery status notification; no two have the same bytes. */
export function bounceMail({ to, recipients, headers = [] }: Returned): Buffer {
  made += 1;
  const reports = recipients.map(({ address, original, action = 'failed', status = '5.1.1', diagnostic }) =>
    [
      ...(original ? [`Original-Recipient: rfc822;${original}`] : []),
      `Final-Recipient: rfc822;${address}`,
      `Action: ${action}`,
      `Status: ${status}`,
      ...(diagnostic ? [`Diagnostic-Code: smtp; ${diagnostic}`] : []),
    ].join('\r\n'),
  );
  const parts = [
    ['Content-Type: text/plain', '', `Your mail could not be delivered (${made}).`],
    [
      'Content-Type: message/delivery-status',
      '',
      'Reporting-MTA: dns; mx.example.org',
      '',
      reports.join('\r\n\r\n'),
    ],
    ['Content-Type: text/rfc822-headers', '', ...headers, ''],
  ];
  return multipart(to, 'delivery-status', parts);
}

/** A complaint as a feedback loop reports it. */
export function complaintMail({ to, recipients, headers = [] }: Returned): Buffer {
  made += 1;
  const parts = [
    ['Content-Type: text/plain', '', `This is a complaint (${made}).`],
    [
      'Content-Type: message/feedback-report',
      '',
      'Feedback-Type: abuse',
      'Version: 1',
      'User-Agent: Loop/1.0',
      ...recipients.map(({ address }) => `Original-Rcpt-To: ${address}`),
      '',
    ],
    ['Content-Type: text/rfc822-headers', '', ...headers, ''],
  ];
  return multipart(to, 'feedback-report', parts);
}

function multipart(to: string, type: string, parts: string[][]): Buffer {
  const lines = [
    'Return-Path: <>',
    `Delivered-To: ${to}`,
    'From: MAILER-DAEMON@mx.example.org',
    `To: ${to}`,
    'Subject: Undelivered Mail Returned to Sender',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=${type}; boundary="b"`,
    '',
    ...parts.flatMap((part) => ['--b', ...part]),
    '--b--',
    '',
  ];
  return Buffer.from(lines.join('\r\n'));
}
