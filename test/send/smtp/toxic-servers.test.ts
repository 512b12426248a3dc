// Whatever a server does, an attempt ends in bounded time, is judged rightly, and leaves neither socket nor timer.
import { afterAll, expect, test } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import { type Poison, startToxicSmtp, type ToxicStep } from '../../support/servers/toxic-smtp.js';
import { sendingAccount, transportUnderTest } from '../../support/stage/transport-under-test.js';

const later = { kind: 'deferred' };
const final = { kind: 'failed' };
const doubt = { kind: 'in_doubt' };
const backoff = { kind: 'account_refused', until: 'backoff', countsAsAttempt: false };
const changed = { kind: 'account_refused', until: 'changed', countsAsAttempt: true };

const noTls = { reply: '220 Ready' };
const silences: Poison[] = ['hang', 'close', 'drip'];
const floods: Poison[] = ['endless line', 'endless reply', 'blank lines'];
const everywhere = (steps: ToxicStep[], poisons: Poison[], outcome: object) =>
  steps.flatMap((step) => poisons.map((poison): [ToxicStep, Poison, object] => [step, poison, outcome]));

const login = { user: 'robot', password: 'not-for-the-record' };
/** Far more bytes than sockets buffer. */
const large = Buffer.alloc(12 * 1024 * 1024, 'Hello, this is a long mail of short lines.\r\n');
/** A flood is cut off early: little more than the sockets buffer is read. */
const mostSent = 32 * 1024 * 1024;

/** In seconds: long enough for a busy machine, and short enough to wait for a reply that never comes. */
const impatient = { connect: 1, reply: 1 };
const patient = { connect: 20, reply: 20 };
const isSilent = (poison: Poison) => poison === 'hang' || poison === 'drip' || poison === noTls;

afterAll(async () => {
  await waitFor('no socket to be left', () => !process.getActiveResourcesInfo().includes('TCPSocketWrap'));
});

test.concurrent.each([
  ...everywhere(['greeting', 'EHLO', 'AUTH', 'MAIL', 'RCPT', 'DATA'], [...silences, ...floods], later),
  ...everywhere(['greeting', 'AUTH', 'MAIL', 'RCPT', 'DATA'], ['garbage'], later),
  ...everywhere(['STARTTLS'], ['hang', 'close', 'drip', noTls], later),
  ...everywhere(['body'], ['hang', 'close', 'garbage', { reply: '250 Ok' }], later),
  ...everywhere(['end'], [...silences, ...floods, 'garbage', { reply: '354 more' }], doubt),
  ['greeting', { reply: '421 4.7.0 too many connections', close: true }, backoff],
  ['greeting', { reply: '554 No SMTP service here', close: true }, backoff],
  ['STARTTLS', { reply: '454 4.7.0 TLS not available due to temporary reason' }, backoff],
  ['STARTTLS', { reply: '502 5.5.1 Not implemented' }, changed],
  ['AUTH', { reply: '535 5.7.8 Authentication credentials invalid' }, changed],
  ['AUTH', { reply: '454 4.7.0 Temporary authentication failure' }, backoff],
  ['AUTH', { reply: '421 4.7.0 Too much', close: true }, backoff],
  ['MAIL', { reply: '421 4.3.2 Shutting down', close: true }, backoff],
  ['MAIL', { reply: '550 5.7.1 Sender refused' }, final],
  ['MAIL', { reply: '451 4.3.0 Later' }, later],
  ['RCPT', { reply: '421 4.7.0 Try again later, closing connection.', close: true }, backoff],
  ['RCPT', { reply: '550 5.1.1 No such user' }, final],
  ['RCPT', { reply: '450 4.2.0 Greylisted' }, later],
  ['DATA', { reply: '554 5.5.1 No' }, final],
  ['DATA', { reply: '421 4.3.2 Shutting down', close: true }, backoff],
  ['body', { reply: '552 5.3.4 Too big' }, final],
  ['body', { reply: '451 4.3.0 Later' }, later],
  ['end', { reply: '550 5.7.1 Spam' }, final],
  ['end', { reply: '451 4.3.0 Later' }, later],
  ['end', { reply: '552 5.2.2 Quota exceeded' }, backoff],
  ['end', { reply: '421 4.3.2 Shutting down', close: true }, backoff],
] as [ToxicStep, Poison, object][])('at %s: %j', async (step, poison, outcome) => {
  const server = await startToxicSmtp(step, poison);
  const transport = transportUnderTest(isSilent(poison) ? impatient : patient);
  const account = sendingAccount({ port: server.port, ...(step === 'AUTH' && login) });
  const got = await transport.attempt(account, step === 'body' ? { raw: large } : {});
  expect(got).toMatchObject(outcome);
  transport.close();
  await server.untilAlone();
  await waitFor('no timer to be left', () => transport.timers() === 0);
  expect(server.sent).toBeLessThan(mostSent);
  await server.stop();
});

test.concurrent.each<[ToxicStep, Poison]>([
  ['RSET', 'hang'],
  ['RSET', 'close'],
  ['RSET', 'endless line'],
  ['QUIT', 'close'],
  ['QUIT', 'endless reply'],
  ['QUIT', 'hang'],
])('after a mail, at %s: %j', async (step, poison) => {
  const server = await startToxicSmtp(step, poison);
  const transport = transportUnderTest(impatient);
  const account = sendingAccount({ port: server.port });
  // RSET follows a mail that was refused.
  const refused = step === 'RSET';
  const outcome = await transport.attempt(account, { to: [refused ? 'never@x.test' : 'ann@x.test'] });
  expect(outcome).toMatchObject(refused ? final : { kind: 'sent' });
  transport.close();
  await server.untilAlone();
  await waitFor('no timer to be left', () => transport.timers() === 0);
  await server.stop();
});

test.concurrent.each<Poison>(['close', 'hang', { reply: '421 4.4.2 Timeout', close: true }])(
  'a kept connection that died meanwhile costs no attempt: %j',
  async (poison) => {
    const server = await startToxicSmtp(
      'MAIL',
      poison,
      (connection, mails) => connection === 1 && mails === 1,
    );
    const transport = transportUnderTest();
    const account = sendingAccount({ port: server.port });
    expect(await transport.attempt(account)).toMatchObject({ kind: 'sent' });
    expect(await transport.attempt(account)).toMatchObject({ kind: 'sent' });
    expect(server.connectionsSoFar).toBe(2);
    transport.close();
    await server.untilAlone();
    await server.stop();
  },
);
