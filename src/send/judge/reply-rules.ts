// The rules for replies that mean more than their code says. Each rule names the real replies that it was made for.

import type { Step } from './fault.js';
import { quotaRules } from './quota-rules.js';
import type { SmtpReply } from './reply.js';
import type { ReplyRule } from './rule.js';
import { generalRules, serverRules } from './server-rules.js';

/** The first rule that fits decides. A reply that fits no rule is judged by its code. */
export const replyRules: ReplyRule[] = [
  {
    name: 'too many logins',
    steps: ['login'],
    text: /too many (bad |failed |invalid )?(log-?in|auth)/i,
    verdict: 'open_breaker',
    examples: [
      {
        step: 'login',
        reply:
          '454 4.7.0 Too many login attempts, please try again later. a1-20020a05600c224100b 1sm - gsmtp',
      },
      { step: 'login', reply: '535 5.7.0 (#AUTH005) Too many bad auth attempts.' },
    ],
  },
  {
    name: 'login required',
    codes: [530],
    verdict: 'open_until_changed',
    examples: [
      {
        step: 'sender',
        reply:
          '530-5.7.0 Authentication Required. For more information, go to\n530 5.7.0  https://support.google.com/mail/?p=WantAuthError d9-20020a170906c20900b sm - gsmtp',
      },
      {
        step: 'sender',
        reply: '530 5.7.57 Client not authenticated to send mail. [FR3P281CA0105.DEUP281.PROD.OUTLOOK.COM]',
      },
      { step: 'sender', reply: '530 5.7.0 Must issue a STARTTLS command first' },
      { step: 'sender', reply: '530 Authentication required' },
    ],
  },
  {
    name: 'login required, said otherwise',
    codes: [503, 535, 538, 550, 554],
    text: /authentication (credentials )?(is |are )?(required|needed)|unauthenticated sender|(send|issue)( an)? auth(entication)? command first/i,
    verdict: 'open_until_changed',
    examples: [
      { step: 'sender', reply: '550 Unauthenticated senders not allowed' },
      { step: 'sender', reply: '503 5.5.4 Error: send AUTH command first.' },
      { step: 'sender', reply: '503 5.5.1 Invalid command: Must issue an AUTH command first' },
      { step: 'recipient', reply: '550 5.7.1 Authentication required' },
    ],
  },
  {
    name: 'login required, said to MAIL',
    steps: ['sender'],
    codes: [500, 503, 505, 550, 551, 553, 554],
    text: /^(?!.*sender address rejected).*(authentication (is )?(required|needed)|smtp auth is required|\bauth first|\b(needs?|must|please) (first )?(auth|authenticate|log ?in)\b|(authenticate|log ?in) first|client (was )?not authenticated)/i,
    verdict: 'open_until_changed',
    examples: [
      { step: 'sender', reply: '553 authentication is required,smtp6,ygmowecpW0WQ' },
      { step: 'sender', reply: '503 AUTH first (#5.5.1)' },
      { step: 'sender', reply: '550 Please login first' },
      { step: 'sender', reply: '554 5.7.1 You must authenticate first' },
    ],
  },
  {
    name: 'login fails for now, whatever the code',
    steps: ['login'],
    codes: [535, 550, 554],
    text: /temporar(y|ily)|connection lost to authentication server/i,
    verdict: 'open_breaker',
    examples: [
      {
        step: 'login',
        reply: '535 5.7.8 Error: authentication failed: Connection lost to authentication server',
      },
      { step: 'login', reply: '535 Temporary authentication failure' },
    ],
  },
  ...quotaRules,
  ...serverRules,
  {
    // RFC 5321 section 4.5.3.1.10: what RFC 821 called 552 is 452.
    name: 'too many recipients',
    steps: ['recipient'],
    codes: [552],
    text: /too many recipients/i,
    verdict: 'deferred',
    examples: [{ step: 'recipient', reply: '552 Too many recipients' }],
  },
  {
    // RFC 3463 section 3.3: X.2.2 "should be used as a persistent transient failure".
    name: "the recipient's mailbox is full",
    steps: ['recipient', 'message'],
    text: /mailbox (is |for user is )?full|over ?quota|out of storage/i,
    verdict: 'deferred',
    examples: [
      {
        step: 'recipient',
        reply:
          '552-5.2.2 The email account that you tried to reach is over quota. Please direct\n552-5.2.2 the recipient to\n552 5.2.2  https://support.google.com/mail/?p=OverQuotaPerm y12-20020a1709064b0c00b sm - gsmtp',
      },
      { step: 'message', reply: '552 5.2.2 <neko@example.org> Quota exceeded (mailbox for user is full)' },
      {
        step: 'recipient',
        reply: '552 5.2.2 <kijitora@example.com>: Recipient address rejected: Mailbox full',
      },
      { step: 'recipient', reply: '522 5.2.0 Delivery failed: Over quota' },
    ],
  },
  {
    name: "the recipient's mailbox is full, by its status",
    steps: ['recipient'],
    enhanced: /^[45]\.2\.2$/,
    verdict: 'deferred',
    examples: [{ step: 'recipient', reply: '552 5.2.2 <neko@example.org> Quota exceeded' }],
  },
  {
    // The reply must be about the sender's storage or allowance, because no recipient is named at these steps.
    name: 'quota without a recipient',
    steps: ['sender', 'message'],
    enhanced: /^[45]\.2\.2$/,
    verdict: 'open_breaker',
    examples: [{ step: 'message', reply: '552 5.2.2 Quota exceeded' }],
  },
  {
    name: 'recipient gets too much',
    steps: ['recipient', 'message'],
    text: /receiving mail (too quickly|at a rate)/i,
    verdict: 'deferred',
    examples: [
      {
        step: 'recipient',
        reply:
          '550-5.2.1 The user you are trying to contact is receiving mail at a rate that\n550-5.2.1 prevents additional messages from being delivered. For more\n550 5.2.1  information, go to https://support.google.com/mail/?p=ReceivingRatePerm d6-v6 - gsmtp',
      },
      {
        step: 'recipient',
        reply:
          '450-4.2.1 The user you are trying to contact is receiving mail too quickly.\n450 4.2.1 Please resend your message at a later time. k18-20020a17090666d200b sm - gsmtp',
      },
    ],
  },
  {
    // RFC 3463 section 3.5: X.4.5 is "useful only as a persistent transient error".
    name: 'congestion',
    enhanced: /^[45]\.4\.5$/,
    verdict: 'open_breaker',
    examples: [{ step: 'connect', reply: '421 4.4.5 Server busy, try again later.' }],
  },
  {
    // RFC 5321 section 3.8: the server is going away, whatever it was asked.
    name: 'service not available',
    codes: [421],
    verdict: 'open_breaker',
    examples: [
      {
        step: 'sender',
        reply:
          '421 4.7.0 [TSS04] Messages from 192.0.2.28 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes',
      },
      { step: 'message', reply: '421 4.4.2 Connection dropped due to SocketError' },
      { step: 'recipient', reply: '421 4.7.0 Try again later, closing connection.' },
    ],
  },
  {
    // RFC 4954 section 4.7: temporary authentication failure; RFC 3207 section 4: TLS not available for now.
    name: 'no login or encryption for now',
    codes: [432, 454],
    verdict: 'open_breaker',
    examples: [
      { step: 'login', reply: '454 4.7.0 Cannot authenticate due to a temporary system problem.' },
      { step: 'connect', reply: '454 TLS not available due to temporary reason' },
      { step: 'recipient', reply: '454 4.7.1 <ann@example.com>: Relay access denied' },
      { step: 'login', reply: '432 4.7.12 A password transition is needed' },
    ],
  },
  {
    name: 'login refused',
    codes: [534, 535, 538],
    verdict: 'open_until_changed',
    examples: [
      {
        step: 'login',
        reply:
          '535-5.7.8 Username and Password not accepted. For more information, go to\n535 5.7.8  https://support.google.com/mail/?p=BadCredentials a640c23a62f3a-b9a sm - gsmtp',
      },
      {
        step: 'login',
        reply:
          '534-5.7.9 Application-specific password required. For more information, go to\n534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor h9-20020a170902f54900b sm - gsmtp',
      },
      {
        step: 'login',
        reply:
          '535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. [AM0PR02CA0087.eurprd02.prod.outlook.com]',
      },
      { step: 'login', reply: '535 Authentication Credentials Invalid' },
    ],
  },
  ...generalRules,
];

/** The first rule that fits the reply, if any. */
export function ruleFor(step: Step, { code, enhanced, text }: SmtpReply): ReplyRule | undefined {
  // A positive reply is no refusal, whatever its text says.
  if (code < 400) return undefined;
  return replyRules.find(
    (rule) =>
      (rule.steps?.includes(step) ?? true) &&
      (rule.codes?.includes(code) ?? true) &&
      (rule.enhanced?.test(enhanced ?? '') ?? true) &&
      (rule.text?.test(text) ?? true),
  );
}
