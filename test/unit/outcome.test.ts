// What a failed attempt means: a refusal for good, or for now. Without a reply, doubt means later.
import { expect, test } from 'vitest';
import { judgeAcceptance, judgeFailure } from '../../src/send/outcome.js';

const fault = (fields: Record<string, unknown>) => Object.assign(new Error('it failed'), fields);
const reply = (responseCode: number) => fault({ responseCode, code: 'EMESSAGE' });

test.each([
  ['a 4xx reply', fault({ responseCode: 450, code: 'EENVELOPE' }), 'deferred'],
  ['421, the server goes away', fault({ responseCode: 421, code: 'ECONNECTION' }), 'rest'],
  ['a 4xx reply to the message', reply(451), 'deferred'],
  ['a 4xx reply to the login', fault({ responseCode: 454, code: 'EAUTH' }), 'rest'],
  ['a 5xx reply', fault({ responseCode: 550, code: 'EENVELOPE' }), 'failed'],
  ['a 5xx reply to the message', reply(554), 'failed'],
  ['refused credentials', fault({ responseCode: 535, code: 'EAUTH' }), 'rest'],
  ['no authentication offered', fault({ code: 'EAUTH' }), 'rest'],
  ['a time-out', fault({ code: 'ETIMEDOUT' }), 'deferred'],
  ['a refused connection', fault({ code: 'ESOCKET', originalCode: 'ECONNREFUSED' }), 'deferred'],
  ['a cut connection', fault({ code: 'ECONNECTION' }), 'deferred'],
  ['a reset connection', fault({ code: 'ECONNRESET' }), 'deferred'],
  ['a name that does not resolve', fault({ code: 'EDNS' }), 'deferred'],
  ['a certificate that has expired', fault({ code: 'ESOCKET', originalCode: 'CERT_HAS_EXPIRED' }), 'rest'],
  ['a certificate of its own', fault({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'rest'],
  ['a chain that is incomplete', fault({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }), 'rest'],
  ['an issuer nobody knows', fault({ code: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' }), 'rest'],
  ['a certificate for another name', fault({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }), 'rest'],
  ['STARTTLS that fails', fault({ code: 'ETLS' }), 'deferred'],
  ['a mail larger than the server takes', fault({ code: 'EMESSAGE' }), 'failed'],
  ['an envelope nobody can take', fault({ code: 'EENVELOPE' }), 'failed'],
  ['an error without a code', new Error('it failed'), 'deferred'],
  ['what is no error at all', 'it failed', 'deferred'],
])('%s', (_name, error, kind) => {
  expect(judgeFailure(error)).toMatchObject({ kind, error: 'it failed' });
});

test.each([
  [[550, 550], 'failed'],
  [[450, 550], 'deferred'],
  [[550, 452], 'deferred'],
  [[450, 450], 'deferred'],
])('every recipient refused, with %j: %s', (codes, kind) => {
  const rejectedErrors = codes.map((responseCode) => fault({ responseCode }));
  const last = codes.at(-1);
  const error = fault({ code: 'EENVELOPE', responseCode: last, rejectedErrors });
  expect(judgeFailure(error)).toMatchObject({ kind, smtpCode: last });
});

test('a reply of many lines is kept as one, of bounded length, and without what no database takes', () => {
  const outcome = judgeFailure(new Error(`550-no\r\n550 \0never \ud83d ${'x'.repeat(5000)}`));
  expect(outcome).toMatchObject({ error: expect.stringMatching(/^550-no 550 never x+$/) });
  expect('error' in outcome && outcome.error.length).toBeLessThanOrEqual(1000);
  const cut = judgeFailure(new Error(`${'x'.repeat(999)}🔑`));
  expect('error' in cut && !/\p{Cs}/u.test(cut.error)).toBe(true);
});

test('a mail that was taken keeps the reply, its code, and what became of each recipient', () => {
  const refusal = (code: number) => Object.assign(new Error(`${code} no`), { responseCode: code });
  const recipients = [
    { address: 'a@example.com' },
    { address: 'b@example.com', error: refusal(550) },
    { address: 'c@example.com', error: refusal(450) },
  ];
  expect(judgeAcceptance({ response: '250 2.0.0 ok: queued', recipients })).toEqual({
    kind: 'sent',
    smtpCode: 250,
    response: '250 2.0.0 ok: queued',
    recipients: [
      { address: 'a@example.com', status: 'sent', smtp_code: 250 },
      { address: 'b@example.com', status: 'error', error: '550 no', smtp_code: 550 },
      { address: 'c@example.com', status: 'deferred', error: '450 no', smtp_code: 450 },
    ],
  });
});

test('without a reply to a body that has left, the attempt is in doubt', () => {
  const lost = fault({ code: 'ECONNECTION', bodyLeft: true });
  expect(judgeFailure(lost)).toEqual({ kind: 'in_doubt', error: 'it failed' });
  expect(judgeFailure(fault({ code: 'EMESSAGE', bodyLeft: true, responseCode: 554 })).kind).toBe('failed');
});

test.each(['', 'ok', '99'])('a reply without a code counts as 250: "%s"', (response) => {
  expect(judgeAcceptance({ response, recipients: [] })).toMatchObject({ kind: 'sent', smtpCode: 250 });
});
