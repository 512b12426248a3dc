// An attempt ends as refused for good, refused for now, refused for the account, or in doubt; without a reply it is tried again.
import { expect, test } from 'vitest';
import { isConnectionRefusal } from '../../../src/send/judge/connection-refusal.js';
import { type RecipientReply, SmtpFault, type Step, toFault } from '../../../src/send/judge/fault.js';
import { judgeAcceptance, judgeFailure } from '../../../src/send/judge/judge-reply.js';

const thrown = (fields: Record<string, unknown>) => Object.assign(new Error('it failed'), fields);
const judge = (fields: Record<string, unknown>, step: Step = 'connect') =>
  judgeFailure(toFault(thrown(fields), step, (text) => text));
const reply = (step: Step, text: string) =>
  judgeFailure(new SmtpFault(text, { step, blame: 'network', reply: text }));

const later = { kind: 'deferred' };
const final = { kind: 'failed' };
const backoff = { kind: 'account_refused', until: 'backoff', countsAsAttempt: false };
const changed = { kind: 'account_refused', until: 'changed', countsAsAttempt: true };

test.each([
  ['a time-out', { code: 'ETIMEDOUT' }, later],
  ['a refused connection', { code: 'ESOCKET', originalCode: 'ECONNREFUSED' }, later],
  ['a cut connection', { code: 'ECONNECTION' }, later],
  ['a name that does not resolve', { code: 'EDNS' }, later],
  ['STARTTLS that fails', { code: 'ETLS' }, later],
  ['an error without a code', {}, later],
  ['a certificate that has expired', { code: 'ESOCKET', originalCode: 'CERT_HAS_EXPIRED' }, changed],
  ['a certificate of its own', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, changed],
  ['a chain that is incomplete', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, changed],
  ['an unknown issuer', { code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }, changed],
  ['a certificate for another name', { code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, changed],
  ['no authentication offered', { code: 'EAUTH' }, changed],
  ['a mail that cannot be sent', { code: 'EMESSAGE' }, final],
  ['an envelope that nodemailer refuses', { code: 'EENVELOPE' }, final],
])('without a reply: %s', (_name, error, outcome) => {
  expect(judge(error)).toMatchObject({
    ...outcome,
    error: expect.stringMatching(/it failed$|^The certificate of the server /),
  });
});

test('what a server says that is no SMTP reply is not told, and the message is tried again', () => {
  const error = 'The server does not answer as a mail server does';
  expect(judge({ code: 'EAUTH', response: 'SSH-2.0-internal' })).toEqual({ ...later, error });
});

test.each<[Step, string, object]>([
  ['connect', '554 No SMTP service here', backoff],
  ['connect', '521 5.3.2 host does not accept mail', backoff],
  ['connect', '450 4.3.2 not now', backoff],
  ['login', '500 what?', changed],
  ['login', '450 busy', backoff],
  ['sender', '451 4.3.0 try later', later],
  ['sender', '450 4.1.8 <app@example.com>: Sender address rejected: Domain not found', later],
  ['message', '451-4.3.0 Mail server temporarily rejected message.', later],
  ['message', '451 See http://pobox.com/~djb/docs/smtplf.html.', later],
  ['sender', '550 5.7.1 not you', final],
  ['sender', '452 4.3.1 Insufficient system storage', backoff],
  ['sender', '450 4.3.2 Service currently unavailable', backoff],
  ['message', '451 Error while writing spool file', backoff],
  ['message', '451 4.7.1 Greylisted', later],
  ['message', '554 5.7.1 spam', final],
  ['message', '550 4.0.0 the code decides', final],
  ['message', '450 5.0.0 the code decides', later],
  ['message', 'nonsense', later],
  ['message', '354 go on', later],
])('at the step %s: %s', (step, text, outcome) => {
  const code = Number(text.slice(0, 3));
  expect(reply(step, text)).toMatchObject({
    ...outcome,
    error: text,
    ...(code >= 400 && { smtpCode: code }),
  });
});

test.each<[Step, string, boolean]>([
  ['login', '454 4.7.0 Maximum number of connections from user+IP exceeded', true],
  ['sender', '421 You have too many connections open', true],
  ['sender', '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded', true],
  ['sender', '421 concurrency limit reached', true],
  ['recipient', '421 4.7.1 maximum concurrent sessions exceeded', true],
  ['sender', '421 4.3.2 Connection rate limit exceeded.', false],
  ['sender', '450 4.7.1 Error: too much mail from 192.0.2.1', false],
])('whether it is one connection too many: %s, %s: %s', (step, text, is) => {
  expect(isConnectionRefusal(new SmtpFault(text, { step, blame: 'network', reply: text }))).toBe(is);
});

const refused = (address: string, text: string): RecipientReply => ({
  address,
  refusal: { error: text, reply: text },
});

test.each([
  [['550 5.1.1 no', '550 5.1.1 no'], { kind: 'failed', smtpCode: 550 }],
  [['450 4.2.0 later', '550 5.1.1 no'], { kind: 'deferred', smtpCode: 450 }],
  [['550 5.1.1 no', '452 4.2.2 full'], { kind: 'deferred', smtpCode: 452 }],
  [['550 5.1.1 no', '550 5.4.5 Daily sending quota exceeded'], { ...backoff, smtpCode: 550 }],
  [['450 later', '530 5.7.0 Authentication Required'], { ...changed, smtpCode: 530 }],
])('every recipient refused, with %j', (texts, outcome) => {
  const recipients = texts.map((text, n) => refused(`${n}@example.com`, text));
  const fault = new SmtpFault('refused', { step: 'recipient', blame: 'network', recipients });
  expect(judgeFailure(fault)).toMatchObject(outcome);
});

test('when a reply to one recipient ends the message for the account, each keeps its own reply', () => {
  const recipients = [
    refused('a@x.test', '550 5.1.1 no'),
    refused('b@x.test', '530 5.7.0 Authentication Required'),
  ];
  const fault = new SmtpFault('refused', { step: 'recipient', blame: 'network', recipients });
  expect(judgeFailure(fault)).toMatchObject({
    ...changed,
    recipients: [
      { address: 'a@x.test', status: 'error', smtp_code: 550, error: '550 5.1.1 no' },
      { address: 'b@x.test', smtp_code: 530, error: '530 5.7.0 Authentication Required' },
    ],
  });
});

test('a mail refused after DATA has a result for each recipient, and is tried again for those refused for now', () => {
  const recipients = [
    { address: 'a@x.test' },
    refused('b@x.test', '450 later'),
    refused('c@x.test', '550 no'),
  ];
  const facts = { step: 'message', blame: 'network', reply: '554 5.6.0 no', recipients } as const;
  expect(judgeFailure(new SmtpFault('554 5.6.0 no', facts))).toEqual({
    kind: 'deferred',
    error: '554 5.6.0 no',
    smtpCode: 554,
    reason: 'content',
    recipients: [
      { address: 'a@x.test', status: 'error', smtp_code: 554, error: '554 5.6.0 no', reason: 'content' },
      { address: 'b@x.test', status: 'deferred', smtp_code: 450, error: '450 later', reason: 'other' },
      { address: 'c@x.test', status: 'error', smtp_code: 550, error: '550 no', reason: 'other' },
    ],
  });
});

test('without a reply to a body that has left, the attempt is in doubt; with one it is not', () => {
  const lost = { step: 'message', blame: 'network', bodyLeft: true } as const;
  expect(judgeFailure(new SmtpFault('cut', lost))).toEqual({ kind: 'in_doubt', error: 'cut' });
  expect(judgeFailure(new SmtpFault('what?', { ...lost, reply: 'what?' })).kind).toBe('in_doubt');
  expect(judgeFailure(new SmtpFault('554 no', { ...lost, reply: '554 no' })).kind).toBe('failed');
});

test('an attempt that only waited for a login that was refused does not count', () => {
  const fault = new SmtpFault('535 no', { step: 'login', blame: 'network', reply: '535 no' });
  expect(judgeFailure(fault)).toMatchObject(changed);
  expect(judgeFailure(fault.ofAnother())).toMatchObject({ ...changed, countsAsAttempt: false });
});

test('a reply of many lines becomes one of bounded length, without characters that no database takes', () => {
  const outcome = judgeFailure(new Error(`550-no\r\n550 \0never \ud83d ${'x'.repeat(5000)}`));
  expect(outcome).toMatchObject({ kind: 'deferred', error: expect.stringMatching(/^550-no 550 never x+$/) });
  expect('error' in outcome && outcome.error.length).toBeLessThanOrEqual(1000);
  expect(new SmtpFault(`${'x'.repeat(999)}🔑`, { step: 'message', blame: 'network' }).message).not.toMatch(
    /\p{Cs}/u,
  );
});

test('a mail that was taken has the reply, its code, and a result for each recipient', () => {
  const recipients = [
    { address: 'a@x.test' },
    refused('b@x.test', '550 5.1.1 no'),
    refused('c@x.test', '450 later'),
    refused('d@x.test', 'nonsense'),
    { address: 'e@x.test', refusal: { error: 'not asked' } },
  ];
  expect(judgeAcceptance({ response: '250 2.0.0 ok:\r\nqueued', recipients })).toEqual({
    kind: 'sent',
    smtpCode: 250,
    response: '250 2.0.0 ok: queued',
    dead: ['b@x.test'],
    recipients: [
      { address: 'a@x.test', status: 'sent', smtp_code: 250 },
      {
        address: 'b@x.test',
        status: 'error',
        error: '550 5.1.1 no',
        smtp_code: 550,
        reason: 'user_unknown',
      },
      { address: 'c@x.test', status: 'deferred', error: '450 later', smtp_code: 450, reason: 'other' },
      { address: 'd@x.test', status: 'deferred', error: 'nonsense' },
      { address: 'e@x.test', status: 'error', error: 'not asked' },
    ],
  });
});

test.each(['', 'ok', '99'])('a reply without a code counts as 250: "%s"', (response) => {
  expect(judgeAcceptance({ response, recipients: [] })).toMatchObject({ kind: 'sent', smtpCode: 250 });
});
