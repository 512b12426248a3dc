// A command counts as taken only if the server gave the very reply that it asks for; logins go on with what is offered.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { sendingAccount, transportUnderTest } from '../../support/stage/transport-under-test.js';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const forged = 'Subject: x\r\n\r\nRSET\r\nMAIL FROM:<forged@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n';

type Script = Record<string, string | string[]>;

/** A server with these replies by the beginning of a line, several in turn; it takes nothing for a body before its 354. */
async function scripted(script: Script, ehlo = '250-s.test\r\n250 AUTH PLAIN LOGIN CRAM-MD5') {
  const lines: string[] = [];
  const asked = new Map<string, number>();
  const sockets = new Set<Socket>();
  const replies: Script = { greeting: '220 s.test', EHLO: ehlo, DATA: '354 go', QUIT: '221 bye', ...script };
  function replyTo(line: string): string {
    const key = Object.keys(replies).find((one) => line.startsWith(one)) ?? '';
    const n = asked.get(key) ?? 0;
    asked.set(key, n + 1);
    const reply = replies[key] ?? '250 ok';
    return typeof reply === 'string' ? reply : (reply[Math.min(n, reply.length - 1)] ?? '250 ok');
  }
  const server = createServer((socket) => {
    let inBody = false;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write(`${replyTo('greeting')}\r\n`);
    if (replies.atOnce) socket.end();
    socket.setEncoding('latin1').on('data', (text: string) => {
      for (const line of text.split('\r\n').slice(0, -1)) {
        if (inBody && line !== '.') continue;
        lines.push(line);
        const reply = replyTo(inBody ? 'body' : line);
        inBody = reply.startsWith('354');
        socket.write(`${reply}\r\n`);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const transport = transportUnderTest();
  ends.push(() => {
    transport.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const login = sendingAccount({
    port: (server.address() as AddressInfo).port,
    user: 'robot',
    password: 'secret',
  });
  return { lines, transport, login, account: { ...login, user: undefined } };
}

const pipelining = '250-s.test\r\n250 PIPELINING';

test.each([
  ['250 2.0.0 Resetting', undefined],
  ['250 2.0.0 Resetting', pipelining],
  ['220 s.test', undefined],
  ['334 VXNlcm5hbWU6', pipelining],
  ['250-one\r\n354 go', undefined],
  ['355 go', undefined],
])('nothing of a mail leaves after %j to DATA', async (reply, ehlo) => {
  const { lines, transport, account } = await scripted({ DATA: reply }, ehlo);
  const outcome = await transport.attempt(account, { raw: Buffer.from(forged) });
  expect(outcome).toMatchObject({
    kind: 'deferred',
    error: expect.stringContaining('answered DATA without 354'),
  });
  expect(await transport.attempt(account, { raw: Buffer.from(forged) })).toMatchObject({ kind: 'deferred' });
  expect(lines.filter((line) => /^(RSET|Subject|MAIL FROM:<forged)/.test(line))).toEqual([]);
});

test.each<[string, Script]>([
  ['a greeting without 220', { greeting: '250 s.test' }],
  ['EHLO', { EHLO: '220 s.test' }],
  ['STARTTLS', { EHLO: '250-s.test\r\n250 STARTTLS', STARTTLS: '250 go' }],
  ['AUTH', { AUTH: '250 ok' }],
  ['AUTH with several codes', { AUTH: '250-ok\r\n235 ok' }],
  ['MAIL', { MAIL: '354 go' }],
  ['MAIL, the greeting again', { MAIL: '220 s.test' }],
  ['RCPT', { RCPT: '220 s.test' }],
  ['RCPT, as to a body', { RCPT: '354 go' }],
])('no body leaves after the reply to another command: %s', async (_what, script) => {
  const { lines, transport, login } = await scripted(script);
  const outcome = await transport.attempt(login);
  expect(['deferred', 'account_refused']).toContain(outcome.kind);
  expect(lines).not.toContain('DATA');
});

test.each([
  ['after the greeting', { greeting: '220 s.test\r\n250 hello' }, undefined],
  ['after the greeting, with pipelining', { greeting: '220 s.test\r\n250 hello' }, pipelining],
])('a reply too many %s settles no recipient', async (_where, script, ehlo) => {
  const refusal = '550 5.1.1 No such user';
  const { transport, account } = await scripted({ ...script, 'RCPT TO:<bob': refusal }, ehlo);
  const outcome = await transport.attempt(account, { to: ['ann@x.test', 'bob@x.test'] });
  expect(outcome).toMatchObject({ kind: 'deferred', error: expect.stringContaining('out of step') });
  expect(outcome).not.toHaveProperty('recipients');
});

test.each<[string, Script, string | undefined]>([
  ['with that to MAIL', { MAIL: '250 ok\r\n550 5.1.1 No such user' }, undefined],
  ['with that to MAIL, with pipelining', { MAIL: '250 ok\r\n550 5.1.1 No such user' }, pipelining],
  ['with that to RCPT', { RCPT: '250 ok\r\n354 go' }, undefined],
  ['with that to DATA', { DATA: '354 go\r\n250 queued' }, undefined],
  ['with that to DATA, with pipelining', { DATA: '354 go\r\n550 no' }, pipelining],
])('a reply that comes before its command, %s, settles nothing', async (_where, script, ehlo) => {
  const { lines, transport, account } = await scripted(script, ehlo);
  const outcome = await transport.attempt(account);
  expect(outcome).toMatchObject({ kind: 'deferred' });
  expect(outcome).not.toHaveProperty('recipients');
  expect(lines).not.toContain('.');
});

test.each(['251 will forward', '252 will try', '250-two\r\n250 lines', '250'])(
  'a recipient is taken with %j',
  async (reply) => {
    const { transport, account } = await scripted({ RCPT: reply });
    expect(await transport.attempt(account)).toMatchObject({ kind: 'sent' });
  },
);

test.each(['220 s.test', '221 bye', '354 go', '235 ok'])(
  'after a body, %j does not say that the mail was taken',
  async (reply) => {
    const { transport, account } = await scripted({ body: reply });
    expect(await transport.attempt(account)).toMatchObject({ kind: 'in_doubt' });
  },
);

test.each(['334', '334 ', '334 VXNlcm5hbWU6', '334-more\r\n334 lines'])(
  'a login goes on after %j',
  async (more) => {
    const byLogin = await scripted(
      { AUTH: more, cm9ib3Q: more, c2VjcmV0: '235 ok' },
      '250-s\r\n250 AUTH LOGIN',
    );
    expect(await byLogin.transport.attempt(byLogin.login)).toMatchObject({ kind: 'sent' });
    const byPlain = await scripted({ AUTH: more, AHJvYm90AHNlY3JldA: '235 ok' }, '250-s\r\n250 AUTH PLAIN');
    expect(await byPlain.transport.attempt(byPlain.login)).toMatchObject({ kind: 'sent' });
  },
);

test.each([
  '504 5.5.4 Unrecognized authentication type',
  '534 5.7.9 Mechanism too weak',
  '535 5.7.8 Error: authentication failed: Invalid authentication mechanism',
  '535 5.7.3 unrecognised authentication method',
  '502 5.5.1 not implemented',
  '538 5.7.11 Encryption required for requested authentication mechanism',
  '550 5.7.0 AUTH PLAIN not supported here',
  '535 5.7.8 Plaintext authentication disallowed on non-secure connections',
])('another mechanism is tried after %j', async (reply) => {
  const script = { 'AUTH PLAIN': reply, 'AUTH LOGIN': '334', cm9ib3Q: '334', c2VjcmV0: '235 ok' };
  const { transport, login } = await scripted(script);
  expect(await transport.attempt(login)).toMatchObject({ kind: 'sent' });
});

test('a refused password is tried with one mechanism', async () => {
  const { lines, transport, login } = await scripted({
    AUTH: '535 5.7.8 Authentication credentials invalid',
  });
  expect(await transport.attempt(login)).toMatchObject({ kind: 'account_refused', smtpCode: 535 });
  expect(lines.filter((line) => line.startsWith('AUTH'))).toHaveLength(1);
});

test('CRAM-MD5 answers the challenge', async () => {
  // The example of RFC 2195 section 2.
  const script = {
    'AUTH CRAM-MD5': '334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+',
    dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw: '235 ok',
  };
  const { transport, login } = await scripted(script, '250-s\r\n250 AUTH CRAM-MD5');
  const tim = { ...login, user: 'tim', password: 'tanstaaftanstaaf' };
  expect(await transport.attempt(tim)).toMatchObject({ kind: 'sent' });
});

test.each([
  '250-\r\n250-AUTH LOGIN\r\n250 SIZE 1000',
  '250-AUTH LOGIN\r\n250 SIZE 1000',
  '250-\r\n250 AUTH=LOGIN',
])('mechanisms are read from an answer to EHLO without a name: %j', async (ehlo) => {
  const script = { 'AUTH LOGIN': '334', cm9ib3Q: '334', c2VjcmV0: '235 ok', AUTH: '504 no' };
  const { transport, login } = await scripted(script, ehlo);
  expect(await transport.attempt(login)).toMatchObject({ kind: 'sent' });
});

test('the name of a server is no extension', async () => {
  const { lines, transport, account } = await scripted({}, '250-mx-starttls.test\r\n250 HELP');
  expect(await transport.attempt(account)).toMatchObject({ kind: 'sent' });
  expect(lines).not.toContain('STARTTLS');
});

test.each<[string, Script]>([
  ['in its last line', { greeting: '220-s.test\r\n521 no mail here' }],
  ['after two lines', { greeting: '220-s.test\r\n220-hello\r\n521 no mail here' }],
  [
    'before the server closes amid the reply',
    { greeting: '220-s.test\r\n521-no mail here', atOnce: 'close' },
  ],
])('a greeting that ends in a refusal keeps its text: %s', async (_where, script) => {
  const { lines, transport, account } = await scripted(script);
  const outcome = await transport.attempt(account);
  expect(outcome).toMatchObject({ smtpCode: 521, error: expect.stringContaining('no mail here') });
  expect(lines).toEqual([]);
});
