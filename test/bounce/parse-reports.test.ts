// Reports that a machine can read are read as their RFCs say.
import { expect, test } from 'vitest';
import { parseBounce } from '../../src/bounce/parse/parse-bounce.js';
import { parseBounceStream } from '../../src/bounce/parse/parse-bounce-stream.js';
import { feedbackMail, group, reportMail, userUnknown } from './mails/reports.js';

const read = (mail: string) => parseBounce(Buffer.from(mail));
const unknown = group('ann@example.org', 'failed', '5.1.1', '550 5.1.1 User unknown');

test('each recipient of a report has what happened to it', () => {
  const { kind, recipients } = read(
    reportMail(
      [
        unknown,
        group('bob@example.org', 'failed', '5.2.2', '552 5.2.2 Mailbox full'),
        group('cat@example.org', 'delayed', '4.4.1', '451 timed out'),
        group('dan@example.org', 'relayed', '2.1.5', '250 ok'),
        group('eve@example.org', 'expanded', '2.1.5', '250 ok'),
        group('fay@example.org', 'delivered', '2.1.5', '250 ok'),
      ].join('\n'),
    ),
  );
  expect(kind).toBe('bounce');
  expect(
    recipients.map(({ address, action, status, code, type, reason, addressIsDead }) => [
      address,
      action,
      status,
      code,
      type,
      reason,
      addressIsDead,
    ]),
  ).toEqual([
    ['ann@example.org', 'failed', '5.1.1', 550, 'hard', 'user_unknown', true],
    ['bob@example.org', 'failed', '5.2.2', 552, 'hard', 'mailbox_full', false],
    ['cat@example.org', 'delayed', '4.4.1', 451, 'soft', 'expired', false],
    ['dan@example.org', 'relayed', '2.1.5', 250, undefined, undefined, false],
    ['eve@example.org', 'expanded', '2.1.5', 250, undefined, undefined, false],
    ['fay@example.org', 'delivered', '2.1.5', 250, undefined, undefined, false],
  ]);
});

test.each([
  ['delayed', '4.4.1', 'delay'],
  ['delayed', '5.4.1', 'delay'],
  ['relayed', '2.1.5', 'delivered'],
  ['expanded', '2.1.5', 'delivered'],
  ['delivered', '2.1.5', 'delivered'],
  ['failed', '4.4.7', 'bounce'],
])('a report whose only action is %s with status %s is a %s', (action, status, kind) => {
  expect(read(reportMail(group('ann@example.org', action, status, 'said'))).kind).toBe(kind);
});

test('the returned mail is known by its ids, and its sender without BATV', () => {
  expect(read(userUnknown).returned).toEqual({
    messageIds: ['m1@example.com'],
    genroMailId: 'order-1',
    envelopeSender: 'shop@example.com',
    to: ['ann@example.org'],
  });
});

test('addresses in UTF-8 are read in both of their forms', () => {
  const utf8 = (address: string) => `Final-Recipient: utf-8; ${address}\nAction: failed\nStatus: 5.1.1\n`;
  const { recipients } = read(
    reportMail(`${utf8('j\\x{F6}rg@b\\x{FC}cher.example')}\n${utf8('ann@bücher.example')}`, {
      type: 'message/global-delivery-status; charset=utf-8',
    }),
  );
  expect(recipients.map(({ address }) => address)).toEqual(['jörg@bücher.example', 'ann@bücher.example']);
});

test('a report is found inside other containers, and inside a mail that forwards it', () => {
  const nested = userUnknown.replace(
    '--b\nContent-Type: text/plain; charset=us-ascii\n\nYour',
    '--b\nContent-Type: multipart/related; boundary=c\n\n--c\nContent-Type: multipart/alternative; boundary=d\n\n--d\n\nYour',
  );
  const forwarded = `From: Bob <bob@example.com>\nSubject: Fwd\nContent-Type: multipart/mixed; boundary=o\n\n--o\n\nSee below.\n--o\nContent-Type: message/rfc822\n\n${userUnknown}\n--o--\n`;
  for (const mail of [nested, forwarded]) {
    const { kind, recipients, returned } = read(mail);
    expect({ kind, address: recipients[0]?.address, id: returned.genroMailId }).toEqual({
      kind: 'bounce',
      address: 'ann@example.org',
      id: 'order-1',
    });
  }
});

test('a report that is cut off anywhere behind its recipient is read the same, but for what is missing', () => {
  const from = userUnknown.indexOf('User unknown', userUnknown.indexOf('Diagnostic-Code')) + 12;
  for (let end = from; end < userUnknown.length; end += 7) {
    expect(read(userUnknown.slice(0, end))).toMatchObject({
      kind: 'bounce',
      recipients: [{ address: 'ann@example.org', status: '5.1.1', type: 'hard' }],
    });
  }
});

test('a report that stands in plain text is read, and a person who quotes one is not', () => {
  const text = `Subject: Returned mail\nTo: shop@example.com\n\nReporting-MTA: dns; mx\n\n${unknown}`;
  expect(read(`From: MAILER-DAEMON@example.net\n${text}`).recipients).toMatchObject([
    { address: 'ann@example.org' },
  ]);
  expect(read(`From: bob@example.com\nIn-Reply-To: <1@example.com>\n${text}`).kind).toBe('other');
});

test("the other server's status counts where the report has only a class, and a telling one always", () => {
  const statusOf = (status: string, said: string) =>
    read(reportMail(group('ann@example.org', 'failed', status, said))).recipients[0];
  expect(statusOf('5.0.0', '550 5.7.1 Relay access denied')).toMatchObject({
    status: '5.7.1',
    reason: 'policy',
  });
  expect(statusOf('5.1.1', '550 5.7.1 Denied')).toMatchObject({ status: '5.7.1', addressIsDead: false });
  expect(statusOf('5.2.1', '550 5.5.0 Denied')).toMatchObject({ status: '5.2.1' });
  expect(statusOf('5.7.1', '550-5.7.26 Unauthenticated mail')).toMatchObject({
    status: '5.7.26',
    reason: 'auth_failure',
    addressIsDead: false,
  });
});

test('complaints name who complained, from the report or from the returned mail', () => {
  const complainers = (fields: string) => {
    const { kind, recipients } = read(feedbackMail(fields));
    return [kind, ...recipients.map(({ address }) => address)];
  };
  expect(
    complainers(
      'Feedback-Type: abuse\nOriginal-Rcpt-To: <bob@example.org>\nOriginal-Rcpt-To: cat@example.org',
    ),
  ).toEqual(['complaint', 'bob@example.org', 'cat@example.org']);
  expect(complainers('Feedback-Type: abuse\nUser-Agent: x')).toEqual(['complaint', 'ann@example.org']);
  expect(complainers('Feedback-Type: auth-failure\nAuth-Failure: dmarc')).toEqual(['other']);
  expect(complainers('Feedback-Type: not-spam')).toEqual(['other']);
});

test('a complaint that Microsoft forwards is one', () => {
  const mail =
    'From: staff@hotmail.com\nSubject: complaint about message from 192.0.2.1\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: ann@hotmail.com\nMessage-ID: <m1@example.com>\n\nHi\n--b--\n';
  expect(read(mail)).toMatchObject({
    kind: 'complaint',
    recipients: [{ address: 'ann@hotmail.com' }],
    returned: { messageIds: ['m1@example.com'] },
  });
});

test('a read receipt is no bounce', () => {
  const mail =
    'Return-Path: <>\nFrom: ann@example.org\nSubject: Read: Order\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\n\nRead.\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; ann@example.org\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--b--\n';
  expect(read(mail)).toMatchObject({ kind: 'read-receipt', recipients: [] });
});

const ses = (notice: object) =>
  `From: no-reply@sns.amazonaws.com\nSubject: AWS Notification Message\n\n${JSON.stringify(notice).replace(/(.{200})/g, '$1\n ')}\n\n--\nIf you wish to stop\n`;
const sesMail = { messageId: '0100-1', commonHeaders: { messageId: '<m1@example.com>' } };

test('notifications of Amazon SES are read, with the id that SES gave to the mail', () => {
  const bounce = {
    bounceType: 'Permanent',
    bounceSubType: 'General',
    bouncedRecipients: [
      {
        emailAddress: 'ann@example.org',
        action: 'failed',
        status: '5.1.1',
        diagnosticCode: 'smtp; 550 5.1.1 user unknown',
      },
    ],
  };
  const expected = {
    kind: 'bounce',
    recipients: [
      {
        address: 'ann@example.org',
        status: '5.1.1',
        code: 550,
        type: 'hard',
        reason: 'user_unknown',
        addressIsDead: true,
      },
    ],
    returned: { messageIds: ['m1@example.com', '0100-1'] },
  };
  const notice = { notificationType: 'Bounce', bounce, mail: sesMail };
  expect(read(ses(notice))).toMatchObject(expected);
  expect(read(ses({ Type: 'Notification', Message: JSON.stringify(notice) }))).toMatchObject(expected);
  const transient = {
    ...bounce,
    bounceType: 'Transient',
    bounceSubType: 'MailboxFull',
    bouncedRecipients: [{ emailAddress: 'ann@example.org' }],
  };
  expect(read(ses({ eventType: 'Bounce', bounce: transient, mail: sesMail })).recipients).toMatchObject([
    { type: 'soft', status: '4.0.0', reason: 'mailbox_full' },
  ]);
  expect(
    read(
      ses({
        notificationType: 'Complaint',
        complaint: { complainedRecipients: [{ emailAddress: 'ann@example.org' }] },
        mail: sesMail,
      }),
    ),
  ).toMatchObject({ kind: 'complaint', recipients: [{ address: 'ann@example.org', reason: 'complaint' }] });
  expect(
    read(
      ses({
        notificationType: 'Delivery',
        delivery: { recipients: ['ann@example.org'], smtpResponse: '250 2.6.0 ok' },
        mail: sesMail,
      }),
    ),
  ).toMatchObject({ kind: 'delivered', recipients: [{ address: 'ann@example.org', status: '2.6.0' }] });
});

test.each([
  ['prvs=1234567890=shop@example.com', 'shop@example.com', undefined],
  ['btv1==123abc==shop@example.com', 'shop@example.com', undefined],
  ['SRS0=HHH=TT=example.com=shop@forwarder.example', 'shop@example.com', undefined],
  ['SRS1=HHH=first.example==HHH=TT=example.com=shop@second.example', 'shop@example.com', undefined],
  ['SRS0=HHH=TT=example.com=bounces+x1@forwarder.example', 'bounces+x1@example.com', undefined],
  ['bounces+ann=example.org@example.com', 'bounces+ann=example.org@example.com', 'ann@example.org'],
  [
    'prvs=1234567890=bounces-7-ann=example.org@example.com',
    'bounces-7-ann=example.org@example.com',
    'ann@example.org',
  ],
])('a bounce to %s was sent for %s', (to, unwrapped, verpRecipient) => {
  expect(read(reportMail(unknown, { to })).envelope).toEqual([
    { address: to, unwrapped, ...(verpRecipient && { verpRecipient }) },
  ]);
});

test('of a stream only as much is read as counts', async () => {
  let read = 0;
  async function* endless() {
    yield Buffer.from(userUnknown);
    for (;;) {
      read++;
      yield Buffer.alloc(65_536, 120);
    }
  }
  expect(await parseBounceStream(endless())).toMatchObject({
    kind: 'bounce',
    recipients: [{ address: 'ann@example.org' }],
  });
  expect(read).toBeLessThan(20);
});
