// Rules that go by code and status alone, for replies in words that no other rule knows.
import type { ReplyRule } from './rule.js';

export const generalRules: ReplyRule[] = [
  {
    // RFC 3463 section 3.4: the system lacks a feature, or is configured wrongly. 4.3.0 may mean anything.
    name: 'the server lacks something',
    steps: ['sender', 'recipient', 'message'],
    codes: [450, 451, 452, 454],
    enhanced: /^4\.3\.[35]$/,
    verdict: 'open_breaker',
    examples: [
      { step: 'recipient', reply: '451 4.3.5 Server configuration problem' },
      { step: 'message', reply: '451 4.3.3 Not capable' },
    ],
  },
  {
    // The service says its commands in order, so that a server which misses one has lost step, and no mail is at fault.
    name: 'a command is missed',
    steps: ['sender', 'recipient', 'message'],
    codes: [503],
    verdict: 'deferred',
    examples: [
      { step: 'sender', reply: '503 sender already given' },
      { step: 'recipient', reply: '503 5.5.1 MAIL first. d9-2002 - gsmtp' },
      { step: 'message', reply: '503 valid RCPT command must precede DATA' },
    ],
  },
  {
    // RFC 5321 section 4.5.1: every server knows MAIL and RCPT.
    name: 'a command is not known',
    steps: ['sender', 'recipient'],
    codes: [500, 502],
    text: /^(?!.*(syntax|parameter|argument|address|too long))/i,
    verdict: 'deferred',
    examples: [{ step: 'sender', reply: '500 5.5.1 Command unrecognized' }],
  },
];
