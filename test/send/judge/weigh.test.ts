// One bad sender, recipient or body never counts as the account's; what all mails meet does. Over every step and many replies.
import { expect, test } from 'vitest';
import { SmtpFault, type Step } from '../../../src/send/judge/fault.js';
import { judgeFailure } from '../../../src/send/judge/judge-reply.js';
import { weigh } from '../../../src/send/judge/weigh.js';
import type { Encounter, Traits } from '../../../src/send/judge/whose-refusal.js';

let made = 0;
interface Mail {
  sender?: string;
  to?: string[];
  body?: string;
}

function traits({ sender = 'app@acme.test', to, body }: Mail, message = `m${++made}`): Traits {
  const recipients = to ?? [`${message}@${message}.test`];
  const domainOf = (address: string) => address.slice(address.indexOf('@'));
  return {
    message,
    sender,
    senderDomain: domainOf(sender),
    recipients,
    recipientDomains: recipients.map(domainOf),
    body: body ?? message,
  };
}

/** The mails of one account meet its server one after another. */
function server(step: Step, reply: string) {
  const history: Encounter[] = [];
  const uncounted = new Map<string, number>();
  return {
    taken: (mail: Mail = {}) => {
      history.push({ ...traits(mail), stage: undefined, isExplained: false });
    },
    /** @returns what the reply is put down to; undefined where no reply of the kind is ever the account's */
    refused(mail: Mail, message?: string): 'account' | 'message' | 'message, counted' | undefined {
      const of = traits(mail, message);
      const replies = of.recipients.map((address) => ({ address, refusal: { error: reply, reply } }));
      const each = step === 'recipient' ? { recipients: replies } : {};
      const outcome = judgeFailure(new SmtpFault(reply, { step, blame: 'network', reply, ...each }));
      if (outcome.kind !== 'account_refused') return undefined;
      const before = uncounted.get(of.message) ?? 0;
      const weighed = weigh(outcome, of, { history, uncounted: before });
      if (weighed.met) history.push(weighed.met);
      if (weighed.met?.isCounted === false) uncounted.set(of.message, before + 1);
      if (weighed.outcome.kind === 'account_refused') return 'account';
      return weighed.met?.isCounted ? 'message, counted' : 'message';
    },
  };
}

const codes = [
  '421 4.7.0 Try again later, closing connection',
  '450 4.3.2 Service currently unavailable',
  '451 4.3.0 Error: queue file system is full',
  '452 4.3.1 Insufficient system storage',
  '454 4.7.1 Relay access denied',
  '530 5.7.0 Authentication required',
  '535 5.7.8 Authentication credentials invalid',
  '550 5.7.1 Authentication required',
  '552 5.3.1 Insufficient system storage',
  '554 5.7.1 You must authenticate first',
];
const afterLogin: Step[] = ['sender', 'recipient', 'message'];
const eachAfterLogin = afterLogin.flatMap((step) => codes.map((reply): [Step, string] => [step, reply]));

test.each(
  (['connect', 'login'] as const).flatMap((step) => codes.map((reply): [Step, string] => [step, reply])),
)('what is said before MAIL is the account’s: %s, %s', (step, reply) => {
  const { refused, taken } = server(step, reply);
  expect(refused({})).toBe('account');
  taken();
  expect(refused({})).toBe('account');
});

test.each(eachAfterLogin)('what all mails meet is the account’s: %s, %s', (step, reply) => {
  const { refused } = server(step, reply);
  const [first, ...later] = [refused({}), refused({}), refused({ sender: 'b@b.test' }), refused({})];
  if (first === undefined) return;
  expect(later).toEqual(['account', 'account', 'account']);
});

const badOnes: [string, Mail, Step[]][] = [
  ['sender', { sender: 'bad@bad.test' }, ['sender', 'recipient', 'message']],
  ['recipient', { to: ['bob@bad.test'] }, ['recipient', 'message']],
  ['body', { body: 'bad' }, ['message']],
];

test.each(
  badOnes.flatMap(([name, mail, steps]) =>
    steps.flatMap((step) => codes.map((reply): [string, Step, string, Mail] => [name, step, reply, mail])),
  ),
)(
  'one %s that is always refused is no account’s, once others were taken: %s, %s',
  (_name, step, reply, mail) => {
    const { refused, taken } = server(step, reply);
    if (refused(mail, 'm-first') === undefined) return;
    taken();
    for (let n = 0; n < 5; n += 1) {
      // Every second message has it, then several in a row.
      expect(refused(mail)).toBe('message, counted');
      if (n < 3) taken();
    }
    expect(refused(mail, 'm-first')).toBe('message, counted');
  },
);

test.each(codes)(
  'refusals of one recipient are no evidence for each other, though none was taken: %s',
  (reply) => {
    const { refused } = server('recipient', reply);
    const bob = { to: ['bob@bad.test'] };
    const found = Array.from({ length: 5 }, () => refused(bob));
    expect(found).not.toContain('account');
  },
);

test('a message with a bad recipient among three is no evidence against another with the same', () => {
  const { refused } = server('recipient', '454 4.7.1 Relay access denied');
  expect(refused({ to: ['a@a.test', 'bob@bad.test', 'c@c.test'] })).toBe('message');
  expect(refused({ to: ['bob@bad.test', 'd@d.test'] })).toBe('message');
});

test('other recipients of a refused domain, and other senders of one, are known once a mail was taken', () => {
  const byRecipient = server('recipient', '454 4.7.1 Relay access denied');
  byRecipient.refused({ to: ['bob@bad.test'] });
  byRecipient.taken();
  expect(byRecipient.refused({ to: ['eve@bad.test'] })).toBe('message, counted');
  const bySender = server('sender', '530 5.7.0 Authentication required');
  bySender.refused({ sender: 'bob@bad.test' });
  bySender.taken();
  expect(bySender.refused({ sender: 'eve@bad.test' })).toBe('message, counted');
});

test('a known bad sender is the account’s again as soon as others are refused, too', () => {
  const { refused, taken } = server('sender', '421 4.7.0 Try again later');
  const bad = { sender: 'bad@bad.test' };
  refused(bad);
  taken();
  expect(refused(bad)).toBe('message, counted');
  expect(refused({})).toBe('account');
  expect(refused(bad)).toBe('account');
});

test('a sender whose mail was taken since is no bad one', () => {
  const { refused, taken } = server('recipient', '421 4.7.0 Try again later');
  const bad = { sender: 'bad@bad.test' };
  refused(bad);
  taken();
  expect(refused(bad)).toBe('message, counted');
  taken(bad);
  expect(refused(bad)).toBe('message');
});

test('a message that is refused again and again uses up its attempts in the end, also alone', () => {
  for (const step of afterLogin) {
    const { refused } = server(step, '421 4.7.0 Try again later');
    const found = Array.from({ length: 5 }, () => refused({}, 'm'));
    expect(found.at(-1), step).toBe('message, counted');
    const crowd = server(step, '421 4.7.0 Try again later');
    const among = Array.from({ length: 14 }, () => [crowd.refused({}), crowd.refused({}, 'm')][1]);
    expect(among.at(-1), step).toBe('message, counted');
  }
});
