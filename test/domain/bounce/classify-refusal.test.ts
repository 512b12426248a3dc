// A refusal is hard or soft by its class, has a reason, and calls an address dead only without doubt.
import { expect, test } from 'vitest';
import { classifyRefusal } from '../../../src/domain/bounce/classify-refusal.js';

/** Replies as they came over the wire, with what they mean. */
const replies: [reply: string, type: 'hard' | 'soft', reason: string, isDead: boolean][] = [
  [
    "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient's email address for typos or\n550 5.1.1 unnecessary spaces. https://support.google.com/mail/?p=NoSuchUser a1 - gsmtp",
    'hard',
    'user_unknown',
    true,
  ],
  [
    '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ann@example.org not found by SMTP address lookup',
    'hard',
    'user_unknown',
    true,
  ],
  [
    '550 5.1.1 <ann@example.org>: Recipient address rejected: User unknown in virtual mailbox table',
    'hard',
    'user_unknown',
    true,
  ],
  [
    '550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302). [AM7EUR03FT029.eop-EUR03]',
    'hard',
    'user_unknown',
    true,
  ],
  [
    '450 4.1.1 <ann@example.org>: Recipient address rejected: unverified address',
    'soft',
    'user_unknown',
    false,
  ],
  ['550 5.2.0 <ann@example.org>: user unknown', 'hard', 'user_unknown', false],
  ['550 5.7.1 <ann@example.org>: Recipient address rejected: User unknown', 'hard', 'user_unknown', false],
  ['550 5.7.1 <ann@example.org>: Recipient address rejected: Access denied', 'hard', 'policy', false],
  ['450 4.7.1 <ann@example.org>: Recipient address rejected: Greylisted', 'soft', 'policy', false],
  ['450 <ann@example.org>: Recipient address rejected: Greylisted, try again', 'soft', 'policy', false],
  ['553 5.7.1 [TSS09] All messages from 192.0.2.1 will be deferred', 'hard', 'rate_limited', false],
  ['554 DT:SPM 163 mx1,abc 1234', 'hard', 'spam', false],
  [
    '550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [VE1EUR02FT051.eop-EUR02.prod]',
    'hard',
    'user_unknown',
    false,
  ],
  [
    '550-5.2.1 The email account that you tried to reach is disabled. For more\n550 5.2.1 information, go to https://support.google.com/mail/?p=DisabledUser a1 - gsmtp',
    'hard',
    'other',
    false,
  ],
  [
    '552-5.2.2 The email account that you tried to reach is over quota. Please direct\n552 5.2.2 the recipient to https://support.google.com/mail/?p=OverQuotaPerm y12 - gsmtp',
    'hard',
    'mailbox_full',
    false,
  ],
  ['452 4.2.2 Mailbox full', 'soft', 'mailbox_full', false],
  [
    '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1',
    'hard',
    'blocked',
    false,
  ],
  [
    "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).",
    'hard',
    'blocked',
    false,
  ],
  [
    '421 4.7.0 [TSS04] Messages from 192.0.2.28 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes',
    'soft',
    'rate_limited',
    false,
  ],
  ['450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]', 'soft', 'blocked', false],
  [
    '550-5.7.26 This mail has been blocked because the sender is unauthenticated.\n550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.\n550 5.7.26 Authentication results: DKIM = did not pass',
    'hard',
    'auth_failure',
    false,
  ],
  [
    '550 5.7.515 Access denied, sending domain EXAMPLE.COM does not meet the required authentication level.',
    'hard',
    'auth_failure',
    false,
  ],
  [
    '421-4.7.32 Your email has been rate limited because the From: header (RFC5322) is not aligned',
    'soft',
    'auth_failure',
    false,
  ],
  ['550 5.7.1 Email rejected per DMARC policy for example.com', 'hard', 'auth_failure', false],
  ['554 5.7.1 Message scored too high on spam scale.', 'hard', 'spam', false],
  [
    '550-5.7.1 Our system has detected that this message is likely unsolicited mail. To reduce the amount of spam sent to Gmail, this message has been blocked. - gsmtp',
    'hard',
    'spam',
    false,
  ],
  [
    '552-5.7.0 This message was blocked because its content presents a potential security issue: virus found',
    'hard',
    'content',
    false,
  ],
  ['552 5.3.4 Message size exceeds fixed limit', 'hard', 'too_big', false],
  ['554 5.7.1 <ann@example.org>: Relay access denied', 'hard', 'policy', false],
  [
    '553 5.1.8 <shop@example.com>... Domain of sender address shop@example.com does not exist',
    'hard',
    'policy',
    false,
  ],
  ['452 4.5.3 Too many recipients', 'soft', 'rate_limited', false],
  ['451 4.7.1 Greylisting in action, please come back later', 'soft', 'policy', false],
  [
    '550 5.1.2 <ann@nowhere.example>... Host unknown (Name server: nowhere.example: host not found)',
    'hard',
    'host_unknown',
    true,
  ],
  [
    '556 5.1.10 <ann@example.org>: Recipient address rejected: Domain example.org does not accept mail (nullMX)',
    'hard',
    'host_unknown',
    true,
  ],
  ['451 4.4.1 connect to mx.example.org[192.0.2.1]:25: Connection timed out', 'soft', 'expired', false],
  ['550 Rejected', 'hard', 'policy', false],
  ['554 Transaction failed', 'hard', 'other', false],
  ['450 Requested mail action not taken', 'soft', 'other', false],
];

test.each(replies)('"%s" is %s, %s, dead: %s', (text, type, reason, addressIsDead) => {
  expect(classifyRefusal({ text })).toEqual({ type, reason, addressIsDead });
});

test('what is in doubt is soft', () => {
  expect(classifyRefusal({ text: '' }).type).toBe('soft');
  expect(classifyRefusal({ text: 'connection lost' }).type).toBe('soft');
  expect(classifyRefusal({ text: 'zork 17', ended: 'noticed' })).toEqual({
    type: 'soft',
    reason: 'other',
    addressIsDead: false,
  });
});

test('an end that a report states, or a notice gives a known reason for, is hard', () => {
  expect(classifyRefusal({ text: 'zork 17', ended: 'reported' }).type).toBe('hard');
  expect(classifyRefusal({ text: 'user unknown', ended: 'noticed' })).toEqual({
    type: 'hard',
    reason: 'user_unknown',
    addressIsDead: true,
  });
  expect(classifyRefusal({ text: '450 user unknown', ended: 'reported' }).type).toBe('soft');
});

test('a refusal after the body leaves doubt about the address', () => {
  const refused = { text: '550 User unknown (in reply to end of DATA command)' };
  expect(classifyRefusal(refused)).toEqual({ type: 'hard', reason: 'user_unknown', addressIsDead: false });
});
