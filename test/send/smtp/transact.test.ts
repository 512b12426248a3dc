// A transaction has the exact result of each recipient, journals before the body, and compares sizes first.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { hideCredentials } from '../../../src/send/smtp/hide-credentials.js';
import { type SmtpSinkOptions, startSmtpSink } from '../../support/servers/smtp-sink.js';
import { startToxicSmtp } from '../../support/servers/toxic-smtp.js';
import { sendingAccount, transportUnderTest } from '../../support/stage/transport-under-test.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function withSink(options: SmtpSinkOptions = {}) {
  const sink = await startSmtpSink(options);
  const transport = transportUnderTest();
  ends.push(
    () => sink.stop(),
    () => transport.close(),
  );
  return { sink, transport, account: sendingAccount({ port: sink.port }) };
}

const codes: Record<string, number> = { never: 550, later: 450, full: 452 };
const byName: SmtpSinkOptions = {
  onRcpt: (address) => {
    const code = codes[address.split(/[-@]/)[0] ?? ''];
    return code === undefined ? undefined : { code, message: `no ${address}` };
  },
};

test('a thousand recipients in one transaction, each with its own reply', async () => {
  const { sink, transport, account } = await withSink(byName);
  const names = ['ann', 'never', 'bob', 'later'];
  const to = Array.from({ length: 1000 }, (_, n) => `${names[n % 4]}-${n}@x.test`);
  const outcome = await transport.attempt(account, { to });
  expect(outcome).toMatchObject({ kind: 'sent', smtpCode: 250 });
  const recipients = outcome.kind === 'sent' ? outcome.recipients : [];
  expect(recipients.map(({ address }) => address)).toEqual(to);
  const expected = to.map((_, n) => ['sent', 'error', 'sent', 'deferred'][n % 4]);
  expect(recipients.map(({ status }) => status)).toEqual(expected);
  for (const { address, status, error } of recipients)
    if (status !== 'sent') expect(error).toContain(address);
  expect(sink.messages[0]?.rcptTo).toHaveLength(500);
});

test('a recipient named twice is sent once and has two results', async () => {
  const { sink, transport, account } = await withSink(byName);
  const outcome = await transport.attempt(account, {
    to: ['ann@x.test', 'never@x.test', 'ann@x.test', 'never@x.test'],
  });
  expect(outcome.kind === 'sent' && outcome.recipients.map(({ status }) => status)).toEqual([
    'sent',
    'error',
    'sent',
    'error',
  ]);
  expect(sink.messages[0]?.rcptTo).toEqual(['ann@x.test']);
});

test.each([
  [['never@x.test', 'never-2@x.test'], 'failed', 550],
  [['never@x.test', 'later@x.test'], 'deferred', 450],
  [['full@x.test', 'never@x.test'], 'deferred', 452],
])('everybody refused, %j: %s', async (to, kind, smtpCode) => {
  const { sink, transport, account } = await withSink(byName);
  const outcome = await transport.attempt(account, { to });
  expect(outcome).toMatchObject({ kind, smtpCode });
  const recipients = 'recipients' in outcome ? outcome.recipients : [];
  expect(recipients?.map(({ address, smtp_code }) => [address, smtp_code])).toEqual(
    to.map((address) => [address, codes[address.split(/[-@]/)[0] ?? '']]),
  );
  expect(sink.attempts).toEqual([]);
});

test('an address the server has no way to take is an error of that recipient alone', async () => {
  const { transport, account } = await withSink({ smtpUtf8: false });
  const outcome = await transport.attempt(account, { to: ['müller@x.test', 'ann@x.test'] });
  expect(outcome).toMatchObject({
    kind: 'sent',
    recipients: [
      { address: 'müller@x.test', status: 'error', error: expect.stringContaining('SMTPUTF8') },
      { address: 'ann@x.test', status: 'sent' },
    ],
  });
  const alone = await transport.attempt(account, { to: ['müller@x.test'] });
  expect(alone).toMatchObject({
    kind: 'failed',
    recipients: [{ address: 'müller@x.test', status: 'error' }],
  });
  const from = await transport.attempt(account, { from: 'müller@x.test' });
  expect(from).toMatchObject({ kind: 'failed', recipients: [{ address: 'ann@x.test', status: 'error' }] });
});

test.each(['"a<b"@x.test', 'a@[x>y]', 'a\nb@x.test'])(
  'an address that SMTP has no way to write is an error of that recipient alone: %j',
  async (address) => {
    const { sink, transport, account } = await withSink();
    const outcome = await transport.attempt(account, { to: [address, 'ann@x.test'] });
    expect(outcome).toMatchObject({
      kind: 'sent',
      recipients: [
        { address, status: 'error', error: 'SMTP has no way to write this address' },
        { address: 'ann@x.test', status: 'sent' },
      ],
    });
    expect(sink.messages.map(({ rcptTo }) => rcptTo)).toEqual([['ann@x.test']]);
    expect(await transport.attempt(account, { to: [address] })).toMatchObject({ kind: 'failed' });
  },
);

test('a mail larger than the server takes fails at once, with both sizes, and the connection goes on', async () => {
  const server = await lineServer((line) =>
    line.startsWith('EHLO') ? '250-small.test\r\n250-PIPELINING\r\n250 SIZE 1000' : undefined,
  );
  const transport = transportUnderTest();
  ends.push(() => transport.close());
  const account = sendingAccount({ port: server.port });
  const outcome = await transport.attempt(account, { raw: Buffer.alloc(1001, 'x') });
  expect(outcome).toEqual({ kind: 'failed', error: 'The message has 1001 bytes, the server takes 1000' });
  expect(await transport.attempt(account, { raw: Buffer.alloc(1000, 'x') })).toMatchObject({ kind: 'sent' });
  expect(server.lines.filter((line) => line.startsWith('MAIL'))).toHaveLength(1);
});

test('the journal is written after 354 and before the first byte of the body', async () => {
  const { sink, transport, account } = await withSink({ onMail: () => undefined });
  const order: string[] = [];
  const outcome = await transport.attempt(account, {
    beforeBody: async () => {
      await new Promise(setImmediate);
      order.push(`handed over, ${sink.attempts.length} bodies`);
    },
  });
  expect(outcome).toMatchObject({ kind: 'sent' });
  expect(order).toEqual(['handed over, 0 bodies']);
});

test('no journal where the server did not want the body', async () => {
  const { transport, account } = await withSink(byName);
  let handedOverAttempt = 0;
  const beforeBody = async () => {
    handedOverAttempt += 1;
  };
  await transport.attempt(account, { to: ['never@x.test'], beforeBody });
  expect(handedOverAttempt).toBe(0);
});

test('a journal that fails ends the attempt as temporary, and nothing of the body leaves', async () => {
  const { sink, transport, account } = await withSink();
  const beforeBody = () => Promise.reject(new Error('the journal is full'));
  expect(await transport.attempt(account, { beforeBody })).toMatchObject({
    kind: 'deferred',
    error: expect.stringContaining('the journal is full'),
  });
  await sink.waitFor(() => sink.connections === 0);
  expect(sink.attempts).toEqual([]);
});

test('a connection that is lost during the journal is a temporary failure, and nothing of the body leaves', async () => {
  const server = await startToxicSmtp('DATA', { reply: '354 Go ahead', close: true });
  const transport = transportUnderTest();
  ends.push(
    () => server.stop(),
    () => transport.close(),
  );
  const beforeBody = () => server.untilAlone();
  const outcome = await transport.attempt(sendingAccount({ port: server.port }), { beforeBody });
  expect(outcome).toMatchObject({ kind: 'deferred' });
});

test('a large mail arrives as it is', async () => {
  const { sink, transport, account } = await withSink();
  const raw = Buffer.from(`Subject: long\r\n\r\n${'.a line that begins with a dot\r\n'.repeat(100_000)}`);
  expect(await transport.attempt(account, { raw })).toMatchObject({ kind: 'sent' });
  expect(sink.messages[0]?.raw.equals(raw)).toBe(true);
});

test.each([
  ['PLAIN', (line: string) => line],
  ['PLAIN', (line: string) => line.slice(0, 40)],
  ['LOGIN', (line: string) => line],
])('what a server quotes of AUTH %s is not recorded', async (method, quote) => {
  const password = 'correct horse battery staple';
  let asked = 0;
  const server = await lineServer((line) => {
    if (line.startsWith('EHLO')) return `250-quoting.test\r\n250 AUTH ${method}`;
    if (method === 'LOGIN' && asked < 2) {
      asked += 1;
      return '334 more';
    }
    return `535 5.7.8 Refused: ${quote(line)} ${Buffer.from(quote(line), 'base64')}`;
  });
  const transport = transportUnderTest();
  ends.push(() => transport.close());
  const account = sendingAccount({ port: server.port, user: 'robot', password });
  const outcome = await transport.attempt(account);
  expect(outcome).toEqual({
    kind: 'account_refused',
    until: 'changed',
    at: 'session',
    countsAsAttempt: true,
    smtpCode: 535,
    error: '535 5.7.8 (the reply held credentials)',
    rule: 'login refused',
  });
});

test('a reply that holds no credentials is kept as it is', () => {
  const hide = hideCredentials('robot', 'secret');
  expect(hide('535 5.7.8 robot is unknown')).toBe('535 5.7.8 robot is unknown');
  expect(hide('550 5.1.1 no such user: secret@x.test')).toBe('550 5.1.1 (the reply held credentials)');
  expect(hideCredentials('robot', 'no')('550 5.1.1 no')).toBe('550 5.1.1 no');
  expect(hideCredentials('robot', 'no')('535 5.7.8 no', true)).toBe('535 5.7.8 (the reply held credentials)');
});

/** A server with the given answers, which accepts all other commands. */
async function lineServer(answer: (line: string) => string | undefined) {
  const lines: string[] = [];
  const server: Server = createServer((socket) => {
    let inBody = false;
    socket.on('error', () => {});
    socket.write('220 line.test\r\n');
    socket.setEncoding('latin1').on('data', (text: string) => {
      for (const line of text.split('\r\n').slice(0, -1)) {
        if (inBody && line !== '.') continue;
        inBody = line === 'DATA';
        lines.push(line);
        const usual = inBody ? '354 go on' : line === 'QUIT' ? '221 bye' : '250 ok';
        socket.write(`${answer(line) ?? usual}\r\n`);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close());
  return { lines, port: (server.address() as AddressInfo).port };
}
