// A session that the server does not want, or that is out of step with it, carries no further mail and settles no recipient.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { sendingAccount, transportUnderTest } from '../../support/stage/transport-under-test.js';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** What the server says to a line: its reply, what it says unasked some time later, and whether it then closes. */
type Said = string | { reply: string; late?: string; close?: true };

/**
 * A server that answers as told, by the number of the connection, the mails that it has carried before, and the line;
 * `.` is the end of a body. Undefined: as any server does.
 */
async function server(
  says: (at: { connection: number; mails: number; line: string }) => Said | undefined,
  ehlo = '250-s.test\r\n250 8BITMIME',
) {
  const lines: string[][] = [];
  const sockets = new Set<Socket>();
  const usual = (line: string) => {
    if (line.startsWith('EHLO')) return ehlo;
    return line === 'DATA' ? '354 go' : '250 ok';
  };
  const listener = createServer((socket) => {
    const connection = lines.push([]);
    let mails = 0;
    let inBody = false;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write('220 s.test\r\n');
    socket.setEncoding('latin1').on('data', (text: string) => {
      for (const line of text.split('\r\n').slice(0, -1)) {
        if (inBody && line !== '.') continue;
        lines[connection - 1]?.push(line);
        const said = says({ connection, mails, line }) ?? usual(line);
        const { reply, late = '', close = false } = typeof said === 'string' ? { reply: said } : said;
        if (line === '.') mails += 1;
        inBody = reply.startsWith('354');
        socket.write(`${reply}\r\n`);
        if (late !== '') setTimeout(() => socket.write(`${late}\r\n`), 20);
        if (close) socket.end();
      }
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const transport = transportUnderTest();
  ends.push(() => {
    transport.close();
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  return { lines, transport, account: sendingAccount({ port: (listener.address() as AddressInfo).port }) };
}

const sent = { kind: 'sent' };
const pipelining = '250-s.test\r\n250 PIPELINING';

test.each([
  ['MAIL', '421 4.4.2 s.test Error: timeout exceeded'],
  ['MAIL', '451 4.4.2 Timeout waiting for data from client'],
  ['MAIL', '451 Connection idle too long'],
  ['MAIL', '450 4.3.2 Service currently unavailable'],
  ['RCPT', '450 4.3.2 Service currently unavailable'],
  ['RCPT', '451 4.4.2 Bad connection'],
  ['MAIL', '452 4.7.1 Too many messages this session, please reconnect'],
  ['RCPT', '550 Message limit per connection exceeded'],
  ['MAIL', '502 5.5.1 Error: connection timed out'],
])('a kept session that is no longer wanted costs no attempt: %s, %s', async (verb, reply) => {
  const { lines, transport, account } = await server(({ connection, mails, line }) =>
    connection === 1 && mails === 1 && (line.startsWith(verb) || line === 'DATA') ? reply : undefined,
  );
  expect(await transport.attempt(account)).toMatchObject(sent);
  expect(await transport.attempt(account)).toMatchObject(sent);
  expect(await transport.attempt(account)).toMatchObject(sent);
  expect(lines).toHaveLength(2);
});

test.each([undefined, pipelining])(
  'a new session that answers 450 4.3.2 to every command is left for another at once (%s)',
  async (ehlo) => {
    const { lines, transport, account } = await server(
      ({ connection, line }) =>
        connection === 1 && !line.startsWith('EHLO') ? '450 4.3.2 Service currently unavailable' : undefined,
      ehlo,
    );
    expect(await transport.attempt(account)).toMatchObject(sent);
    expect(lines).toHaveLength(2);
  },
);

test.each([
  ['MAIL', '451 4.3.0 Queue file write error'],
  ['MAIL', '503 5.5.1 Bad sequence of commands'],
  ['RCPT', '454 4.7.1 Relay access denied'],
  ['RCPT', '503 5.5.1 Need MAIL first'],
  ['DATA', '451 4.3.0 Not now'],
  ['.', '451 Error while writing spool file'],
  ['.', '452 4.3.1 Insufficient system storage'],
])('after an unusual refusal the next mail goes over a fresh connection: %s, %s', async (verb, reply) => {
  const { lines, transport, account } = await server(({ connection, line }) =>
    connection === 1 && line.startsWith(verb) ? reply : undefined,
  );
  expect(await transport.attempt(account)).not.toMatchObject(sent);
  expect(await transport.attempt(account)).toMatchObject(sent);
  expect(lines).toHaveLength(2);
});

test.each([
  ['MAIL', '553 5.1.8 Sender refused'],
  ['RCPT', '550 5.1.1 No such user'],
  ['RCPT', '450 4.2.0 Greylisted'],
  ['.', '554 5.7.1 Spam'],
])('after a refusal as any other the connection is used again: %s, %s', async (verb, reply) => {
  let refused = 0;
  const { lines, transport, account } = await server(({ line }) =>
    line.startsWith(verb) && refused++ === 0 ? reply : undefined,
  );
  expect(await transport.attempt(account)).not.toMatchObject(sent);
  expect(await transport.attempt(account)).toMatchObject(sent);
  expect(lines).toHaveLength(1);
});

test('a recipient that meets a stale session beside one that was taken leaves the connection unused', async () => {
  const { lines, transport, account } = await server(({ line }) =>
    line.includes('bob') ? '451 4.4.2 Timeout' : undefined,
  );
  await transport.attempt(account, { to: ['ann@x.test', 'bob@x.test'] });
  expect(await transport.attempt(account)).toMatchObject(sent);
  expect(lines).toHaveLength(2);
});

const twice = '250 2.0.0 Ok: queued\r\n250 2.0.0 Ok: queued';
const late = { reply: '250 2.0.0 Ok', late: '250 2.0.0 Ok' };
const refusal = '550 5.1.1 No such user';

test.each<[string, Said, string | undefined]>([
  ['in one segment', twice, undefined],
  ['in one segment, with pipelining', twice, pipelining],
  ['late', late, undefined],
])('a second reply to a body is no reply to the next mail: %s', async (_how, said, ehlo) => {
  const { lines, transport, account } = await server(
    ({ line }) => (line === '.' ? said : line.includes('bob') ? refusal : undefined),
    ehlo,
  );
  const first = transport.attempt(account);
  const second = transport.attempt(account, { to: ['ann@x.test', 'bob@x.test'] });
  expect(await first).toMatchObject(sent);
  expect(await second).toMatchObject({
    kind: 'sent',
    recipients: [
      { address: 'ann@x.test', status: 'sent' },
      { address: 'bob@x.test', status: 'error', smtp_code: 550 },
    ],
  });
  await transport.attempt(account);
  expect(lines.length).toBeGreaterThan(1);
});

test.each([
  ['ann, bob refused', ['ann@x.test', 'bob@x.test'], undefined],
  ['bob refused, ann', ['bob@x.test', 'ann@x.test'], undefined],
  ['ann, bob refused, with pipelining', ['ann@x.test', 'bob@x.test'], pipelining],
  ['bob refused, ann, with pipelining', ['bob@x.test', 'ann@x.test'], pipelining],
])('replies that are one behind settle nothing: %s', async (_what, to, ehlo) => {
  // The repeated reply comes with that to MAIL, so that all later ones are taken for those to the command after.
  const { transport, account } = await server(({ connection, mails, line }) => {
    if (connection === 1 && mails === 1 && line.startsWith('MAIL')) return '250 2.0.0 Ok: queued\r\n250 ok';
    return line.includes('bob') ? refusal : undefined;
  }, ehlo);
  expect(await transport.attempt(account)).toMatchObject(sent);
  expect(await transport.attempt(account, { to })).toMatchObject({
    kind: 'sent',
    recipients: to.map((address) => ({ address, status: address.startsWith('bob') ? 'error' : 'sent' })),
  });
});
