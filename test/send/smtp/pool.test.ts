// Connections are used again within their bounds, belong to one owner, and at first are opened one at a time.
import { afterEach, expect, test } from 'vitest';
import type { SendingAccount } from '../../../src/store/accounts/sending-accounts.js';
import { freePort } from '../../support/programs/free-port.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from '../../support/servers/smtp-sink.js';
import {
  sendingAccount,
  type TransportUnderTest,
  transportUnderTest,
} from '../../support/stage/transport-under-test.js';

const sent = { kind: 'sent' };

const open: { transport: TransportUnderTest; sink: SmtpSink }[] = [];
afterEach(async () => {
  for (const { transport, sink } of open.splice(0)) {
    transport.close();
    await sink.waitFor(() => sink.connections === 0);
    await sink.stop();
    await waitFor('no timer to be left', () => transport.timers() === 0);
  }
});

async function withSink(
  options: SmtpSinkOptions = {},
  account: Partial<SendingAccount> = {},
  settings: { perAccount?: number } = {},
) {
  const sink = await startSmtpSink(options);
  const transport = transportUnderTest(settings);
  open.push({ transport, sink });
  return { sink, transport, account: sendingAccount({ port: sink.port, ...account }) };
}

/** Makes `n` attempts at once. */
async function atOnce(n: number, transport: TransportUnderTest, account: SendingAccount) {
  return Promise.all(Array.from({ length: n }, () => transport.attempt(account)));
}

test('mails one after another share a connection, and a refused mail does not end it', async () => {
  const { sink, transport, account } = await withSink({
    onRcpt: (address) => (address.startsWith('never') ? { code: 550, message: 'no' } : undefined),
  });
  for (const to of ['a@x.test', 'never@x.test', 'b@x.test']) await transport.attempt(account, { to: [to] });
  await sink.waitFor(2);
  // RSET is answered after the outcome is known, so the third mail may have come before it.
  expect(sink.connectionsSoFar).toBeLessThanOrEqual(2);
});

test('batch_size ends a connection after that many mails', async () => {
  const { sink, transport, account } = await withSink({}, { batchSize: 2 });
  for (let n = 0; n < 5; n++) expect(await transport.attempt(account)).toMatchObject(sent);
  expect(sink.connectionsSoFar).toBe(3);
});

test('ttl ends an idle connection without waiting for the next mail', async () => {
  const { sink, transport, account } = await withSink({}, { ttl: 1 });
  expect(await transport.attempt(account)).toMatchObject(sent);
  await sink.waitFor(() => sink.connections === 0);
  expect(await transport.attempt(account)).toMatchObject(sent);
  expect(sink.connectionsSoFar).toBe(2);
});

test('another version of the account ends every idle connection of the old one at once', async () => {
  let release = () => {};
  const all = new Promise<undefined>((resolve) => {
    release = () => resolve(undefined);
  });
  const { sink, transport, account } = await withSink({ onData: () => all });
  const three = atOnce(3, transport, account);
  await sink.waitFor((_messages, { attempts }) => attempts.length === 3);
  release();
  await three;
  expect(sink.connections).toBe(3);
  expect(await transport.attempt({ ...account, version: 'v2' })).toMatchObject(sent);
  await sink.waitFor(() => sink.connections === 1);
});

test('a connection in use when the account changes ends after its mail', async () => {
  let release = () => {};
  const hold = new Promise<undefined>((resolve) => {
    release = () => resolve(undefined);
  });
  const { sink, transport, account } = await withSink({
    onData: (_message, n) => (n === 1 ? hold : undefined),
  });
  const first = transport.attempt(account);
  await sink.waitFor((_messages, { attempts }) => attempts.length === 1);
  await transport.attempt({ ...account, version: 'v2' });
  release();
  expect(await first).toMatchObject(sent);
  await sink.waitFor(() => sink.connections === 1);
});

test('owners share no connection, even with the same server and credentials', async () => {
  const { sink, transport, account } = await withSink();
  for (const owner of ['a', 'b', 'a', 'b']) await transport.attempt(account, { owner });
  expect(sink.connectionsSoFar).toBe(2);
  transport.closeIdle('a');
  await sink.waitFor(() => sink.connections === 1);
});

test('a wrong password is tried once for all waiting sends, and costs one attempt', async () => {
  const { sink, transport, account } = await withSink(
    { auth: { user: 'robot', pass: 'right' } },
    { user: 'robot', password: 'wrong-password' },
  );
  const outcomes = await atOnce(20, transport, account);
  expect(sink.connectionsSoFar).toBe(1);
  expect(outcomes.every((outcome) => outcome.kind === 'account_refused' && outcome.until === 'changed')).toBe(
    true,
  );
  expect(
    outcomes.filter((outcome) => outcome.kind === 'account_refused' && outcome.countsAsAttempt),
  ).toHaveLength(1);
  expect(JSON.stringify(outcomes)).not.toContain('wrong-password');
});

test('once a connection has succeeded, all sends open theirs; after a failure they wait for one again', async () => {
  let refusing = false;
  const { sink, transport, account } = await withSink(
    {
      auth: { user: 'robot', pass: 'right-password' },
      onAuth: () => (refusing ? { code: 454, message: 'not now' } : undefined),
      delayMs: 20,
    },
    { user: 'robot', password: 'right-password', batchSize: 1 },
  );
  for (const outcome of await atOnce(10, transport, account)) expect(outcome).toMatchObject(sent);
  expect(sink.connectionsSoFar).toBe(10);
  refusing = true;
  await transport.attempt(account);
  expect(sink.connectionsSoFar).toBe(11);
  for (const outcome of await atOnce(10, transport, account)) {
    expect(outcome).toMatchObject({ kind: 'account_refused', until: 'backoff', countsAsAttempt: false });
  }
  expect(sink.connectionsSoFar).toBe(12);
  refusing = false;
  for (const outcome of await atOnce(10, transport, account)) expect(outcome).toMatchObject(sent);
});

test('a waiting send gets the first free connection, and no more are opened than are waited for', async () => {
  const held: (() => void)[] = [];
  const hold = () => new Promise<undefined>((resolve) => held.push(() => resolve(undefined)));
  let greet = () => {};
  const greeting = new Promise<undefined>((resolve) => {
    greet = () => resolve(undefined);
  });
  let connections = 0;
  const { sink, transport, account } = await withSink({
    onConnect: () => (++connections > 1 ? greeting : undefined),
    onData: (_message, n) => (n % 2 === 1 ? hold() : undefined),
  });
  const isHeld = (n: number) => sink.waitFor((_messages, { attempts }) => attempts.length === n);
  const first = transport.attempt(account);
  await isHeld(1);
  const second = transport.attempt(account);
  await waitFor('a second connection', () => connections === 2);
  held.pop()?.();
  expect(await Promise.all([first, second])).toEqual([
    expect.objectContaining(sent),
    expect.objectContaining(sent),
  ]);
  // The first connection is busy again, the second is still on its way.
  const third = transport.attempt(account);
  await isHeld(3);
  const fourth = transport.attempt(account);
  greet();
  expect(await fourth).toMatchObject(sent);
  held.pop()?.();
  expect(await third).toMatchObject(sent);
  expect(sink.connectionsSoFar).toBe(2);
});

test('with all unreserved slots in use a spare connection is opened; after a refusal none is for a while', async () => {
  let release = () => {};
  let gate: Promise<undefined> | undefined;
  let most = 10;
  const { sink, transport, account } = await withSink(
    {
      onConnect: () => (sink.connectionsSoFar > most ? { code: 421, message: 'too many' } : undefined),
      onData: () => gate,
    },
    {},
    { perAccount: 10 },
  );
  async function withHeld(n: number, task: () => Promise<void>) {
    const before = sink.attempts.length;
    gate = new Promise((resolve) => {
      release = () => resolve(undefined);
    });
    const sends = atOnce(n, transport, account);
    await sink.waitFor((_messages, { attempts }) => attempts.length === before + n);
    await task();
    release();
    for (const outcome of await sends) expect(outcome).toMatchObject(sent);
  }
  const connections = (n: number) => sink.waitFor(() => sink.connectionsSoFar === n);

  await withHeld(1, async () => {});
  await withHeld(8, async () => expect(sink.connectionsSoFar).toBe(8));
  await withHeld(9, async () => {
    await connections(10);
    const urgent = transport.attempt(account);
    await sink.waitFor((_messages, { attempts }) => attempts.length === 19);
    release();
    expect(await urgent).toMatchObject(sent);
  });
  expect(sink.connectionsSoFar).toBe(10);
  transport.closeIdle('owner');
  await sink.waitFor(() => sink.connections === 0);

  most = 19;
  await withHeld(1, async () => {});
  await withHeld(9, async () => void (await connections(20)));
  await withHeld(9, async () => void (await sink.waitFor(() => sink.connections === 9)));
  expect(sink.connectionsSoFar).toBe(20);
});

test('a server that is not there is a temporary failure for all waiting sends', async () => {
  const transport = transportUnderTest();
  const outcomes = await atOnce(5, transport, sendingAccount({ port: await freePort() }));
  expect(outcomes.map(({ kind }) => kind)).toEqual(Array(5).fill('deferred'));
  const nowhere = await transport.attempt(sendingAccount({ host: 'nowhere.invalid', port: 25 }));
  expect(nowhere).toMatchObject({ kind: 'deferred' });
});

test('verify says whether the account works, keeps no connection, and names no secret', async () => {
  const credentials = { user: 'robot', password: 'the-right-one' };
  const { sink, transport, account } = await withSink(
    { auth: { user: 'robot', pass: 'the-right-one' } },
    credentials,
  );
  expect(await transport.verify(account)).toBeUndefined();
  await sink.waitFor(() => sink.connections === 0);
  expect(await transport.verify({ ...account, password: 'the-wrong-one' })).toBe(
    'The server refuses the user or the password (535)',
  );
  expect(sink.count).toBe(0);
});

test('close ends idle connections at once, and those in use after their mail', async () => {
  const { sink, transport, account } = await withSink();
  await transport.attempt(account);
  transport.close();
  await sink.waitFor(() => sink.connections === 0);
});
