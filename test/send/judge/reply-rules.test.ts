// Each rule judges the real replies that it was made for, and no earlier rule does.
import { expect, test } from 'vitest';
import { SmtpFault } from '../../../src/send/judge/fault.js';
import { judgeFailure } from '../../../src/send/judge/judge-reply.js';
import { parseReply } from '../../../src/send/judge/reply.js';
import { replyRules } from '../../../src/send/judge/reply-rules.js';

const examples = replyRules.flatMap((rule) =>
  rule.examples.map(({ step, reply }) => ({ rule, step, reply, name: rule.name })),
);

const expected = {
  deferred: { kind: 'deferred' },
  failed: { kind: 'failed' },
  open_breaker: { kind: 'account_refused', until: 'backoff', countsAsAttempt: false },
  open_until_changed: { kind: 'account_refused', until: 'changed', countsAsAttempt: true },
};

test.each(examples)('$name: $reply', ({ rule, step, reply }) => {
  const recipients = [{ address: 'a@example.com', refusal: { error: reply, reply } }];
  const facts = { step, blame: 'network', reply, ...(step === 'recipient' && { recipients }) } as const;
  const outcome = judgeFailure(new SmtpFault(reply, facts));
  const named = outcome.kind === 'account_refused' ? { rule: rule.name } : {};
  expect(outcome).toMatchObject({
    ...expected[rule.verdict],
    ...named,
    smtpCode: Number(reply.slice(0, 3)),
  });
});

test('every rule has an example, and a name of its own', () => {
  expect(replyRules.filter((rule) => rule.examples.length === 0)).toEqual([]);
  expect(new Set(replyRules.map(({ name }) => name)).size).toBe(replyRules.length);
});

test.each([
  ['recipient', '550-5.1.1 The email account that you tried to reach does not exist.', 'failed'],
  ['recipient', '550 5.1.1 <ann@example.com>: Recipient address rejected: User unknown', 'failed'],
  ['recipient', '450 4.2.0 <ann@example.com>: Recipient address rejected: Greylisted', 'deferred'],
  ['recipient', '451 4.7.1 Greylisting in action, please come back in 00:05:00', 'deferred'],
  ['recipient', '452 4.5.3 Error: too many recipients', 'deferred'],
  ['message', '552 5.3.4 Message size exceeds fixed limit', 'failed'],
  ['message', '554 5.7.1 [P4] Message blocked due to spam content in the message.', 'failed'],
  ['sender', '553 5.7.1 <app@example.com>: Sender address rejected: not owned by user robot', 'failed'],
] as const)('no rule takes it for the account: %s, %s', (step, reply, kind) => {
  const recipients = [{ address: 'a@example.com', refusal: { error: reply, reply } }];
  const facts = { step, blame: 'network', reply, ...(step === 'recipient' && { recipients }) } as const;
  expect(judgeFailure(new SmtpFault(reply, facts)).kind).toBe(kind);
});

test.each([
  ['250 ok', { code: 250, enhanced: undefined, text: 'ok' }],
  ['550-5.1.1 no\r\n550 5.1.1 such user', { code: 550, enhanced: '5.1.1', text: 'no such user' }],
  ['550-no\n550 5.1.1 such user', { code: 550, enhanced: '5.1.1', text: 'no such user' }],
  ['554 #5.7.1 no', { code: 554, enhanced: '5.7.1', text: 'no' }],
  ['550', { code: 550, enhanced: undefined, text: '' }],
  ['550 192.0.2.1 is blocked', { code: 550, enhanced: undefined, text: '192.0.2.1 is blocked' }],
  ['5501 no', undefined],
  ['650 no', undefined],
  ['', undefined],
  ['\u0000\u00ff', undefined],
])('a reply is taken apart: %j', (raw, reply) => {
  expect(parseReply(raw)).toEqual(reply);
});
