// Rules for replies which say that the account sends too much or too fast, or is blocked for now.
import type { ReplyRule } from './rule.js';

/**
 * Many of these replies are 5xx, although the same mail would be taken an hour later. Without the rules, they would fail
 * messages for good.
 */
export const quotaRules: ReplyRule[] = [
  {
    name: 'sender over quota',
    text: /(daily|hourly|peak) [a-z ]*(quota|limit) exceeded|reached your daily limit|e?mail (send limit|quota) exceeded|submission ?quota ?(was )?exceeded|sending (rate|quota|limit)s? exceeded|exceeded (your messaging limits|the max (emails|defers and failures) per hour)|maximum credits exceeded|allowed to send: recipient limit|exceed(ed|s|ing) (the |your |its |a )?((daily|hourly|monthly|maximum|allowed|sending|messag(e|ing)|e?mail|outbound|smtp|relay) )+(quota|limit)|(message|messages|mails?|e-?mails?|policy rejection-?) (count |number |rate )?quota (was |has been )?exceeded/i,
    verdict: 'open_breaker',
    examples: [
      {
        step: 'message',
        reply:
          '550-5.4.5 Daily user sending limit exceeded. For more information on Gmail\n550-5.4.5 sending limits go to\n550 5.4.5  https://support.google.com/a/answer/166852 n13-20020a17090ade8d00b sm - gsmtp',
      },
      { step: 'message', reply: '550 5.4.5 Daily SMTP relay limit exceeded for user.' },
      { step: 'message', reply: '550 5.4.5 Daily sending quota exceeded. Learn more here.' },
      { step: 'message', reply: '550 5.7.1 Daily SMTP relay limit exceeded for customer.' },
      {
        step: 'recipient',
        reply: '450 4.2.1 Peak SMTP relay limit exceeded for customer. This is a temporary error.',
      },
      { step: 'message', reply: '550 5.7.1 Email quota exceeded.' },
      { step: 'message', reply: '454 Throttling failure: Daily message quota exceeded.' },
      { step: 'message', reply: '454 Throttling failure: Maximum sending rate exceeded.' },
      {
        step: 'message',
        reply:
          "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due to a permanent exception with message The message can't be submitted because the sender's submission quota was exceeded.",
      },
      {
        step: 'message',
        reply:
          "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
      },
      {
        step: 'recipient',
        reply:
          '550 Domain example.com has exceeded the max emails per hour (101/100 (101%)) allowed.  Message discarded.',
      },
      {
        step: 'recipient',
        reply:
          '550 Domain example.com has exceeded the max defers and failures per hour (5/5 (26%)) allowed.  Message discarded.',
      },
      {
        step: 'sender',
        reply: '450-Requested mail action not taken: mailbox unavailable\n450 Mail send limit exceeded.',
      },
      { step: 'message', reply: "451 You've exceeded your messaging limits" },
      { step: 'login', reply: '451 Authentication failed: Maximum credits exceeded' },
      { step: 'recipient', reply: '550 5.7.1 Exceeded Sending Limit (daily)' },
      { step: 'sender', reply: '420 4.7.1 Exceeded sending limit (hour)' },
      { step: 'recipient', reply: '550 5.7.1 You have exceeded your hourly mail limit' },
      {
        step: 'recipient',
        reply: '450 4.7.1 <ann@example.com>: Recipient address rejected: Policy Rejection- Quota Exceeded.',
      },
      {
        step: 'recipient',
        reply:
          '450 4.7.1 <app@example.com>: Sender address rejected: Policy rejection; Message count quota exceeded',
      },
      {
        step: 'message',
        reply:
          '421 Domain mg.example.com is not allowed to send: recipient limit exceeded, try again after Sun, 23 Mar 2025 10:01:34 UTC',
      },
    ],
  },
  {
    name: 'sender too fast',
    text: /rate ?limit|concurrent connections? limit|too many (concurrent|connections)|sender thread limit|submission rate for this client|too much mail from|maximum number of (concurrent )?connections/i,
    verdict: 'open_breaker',
    examples: [
      {
        step: 'message',
        reply:
          '432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information. [Hostname=DM4PR18MB4126.namprd18.prod.outlook.com]',
      },
      { step: 'message', reply: '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded' },
      {
        step: 'sender',
        reply: '421 4.4.2 Message submission rate for this client has exceeded the configured limit',
      },
      { step: 'sender', reply: '450 4.7.1 Error: too much mail from 192.0.2.28' },
      { step: 'connect', reply: '421 4.7.0 mx.example.net Error: too many connections from 192.0.2.28' },
      { step: 'sender', reply: '452 4.3.2 Connection rate limit exceeded.' },
      {
        step: 'connect',
        reply:
          '421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing transmission channel',
      },
      {
        step: 'connect',
        reply:
          '451 4.7.652 The mail server [192.0.2.28] has exceeded the maximum number of connections. (S3115)',
      },
    ],
  },
  {
    name: 'sender blocked',
    text: /unusual sending activity|sending (is |has been )?(paused|suspended|disabled) for this account|(this|your) account('s)? (sending )?(is |has been )(temporarily )?(suspended|blocked|disabled|limited)|tenant has exceeded threshold|bad outbound sender|email outgoing blocked|mail sending denied/i,
    verdict: 'open_breaker',
    examples: [
      { step: 'message', reply: '550 5.4.6 Unusual sending activity detected. Please try after sometime.' },
      {
        step: 'message',
        reply:
          '554 Message rejected: Sending paused for this account. For more information, please check the inbox of the email address associated with your AWS account.',
      },
      { step: 'message', reply: '554 Message rejected: Sending suspended for this account.' },
      { step: 'recipient', reply: '550 5.7.1 Your account has been suspended' },
      { step: 'message', reply: '550 5.7.705 Access denied, tenant has exceeded threshold' },
      { step: 'message', reply: '550 5.1.8 Access denied, bad outbound sender' },
      { step: 'message', reply: '550 5.7.0 Mail Sending denied.' },
    ],
  },
  {
    name: 'Exchange Online blocks the account or its network',
    enhanced: /^5\.7\.(232|233|50[1238]|70[58]|750)$/,
    verdict: 'open_breaker',
    examples: [
      { step: 'message', reply: '550 5.7.501 Service unavailable. Access denied, spam abuse detected.' },
      {
        step: 'sender',
        reply: '550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP.',
      },
    ],
  },
  {
    // Postfix says what it holds against a client at the first recipient (smtpd_delay_reject).
    name: 'the client is refused',
    steps: ['sender', 'recipient'],
    text: /client host (\[[^\]]*\] )?(rejected|blocked)|need fully-qualified hostname|^(?!.*(helo|ehlo) (first|required)).*\b(helo|ehlo)\b.*(reject|invalid|refused|not accepted|must|fqdn|qualified|forged|bogus|resolve)|(invalid|bad) (helo|ehlo)/i,
    verdict: 'open_breaker',
    examples: [
      { step: 'sender', reply: '450 4.7.1 Client host rejected: cannot find your hostname, [192.0.2.1]' },
      { step: 'recipient', reply: '554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied' },
      {
        step: 'recipient',
        reply: '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org',
      },
      { step: 'recipient', reply: '504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname' },
      { step: 'sender', reply: '504 5.5.2 need fully-qualified hostname' },
      { step: 'sender', reply: '550 5.7.1 Helo name must be a FQDN' },
      { step: 'sender', reply: '550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)' },
    ],
  },
  {
    name: 'Exchange Online is throttling',
    codes: [451],
    text: /server busy/i,
    verdict: 'open_breaker',
    examples: [
      {
        step: 'recipient',
        reply: '451 4.7.500 Server busy. Please try again later from [192.0.2.28]. (S77719)',
      },
    ],
  },
  {
    name: "the sender's own mailbox is full",
    text: /storedrv\.submission\.exception:quotaexceeded/i,
    verdict: 'open_breaker',
    examples: [
      {
        step: 'message',
        reply:
          '554 5.2.2 mailbox full; STOREDRV.Submission.Exception:QuotaExceededException.MapiExceptionShutoffQuotaExceeded',
      },
    ],
  },
];
