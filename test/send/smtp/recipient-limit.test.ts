// A server's limit on recipients is no refusal: the rest goes in further transactions at once, and the number is learned.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { sendingAccount, transportUnderTest } from '../../support/stage/transport-under-test.js';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

type Answers = { rcpt?: string; data?: string; body?: string };

/** A server that takes `most` recipients in a transaction, or refuses what comes after them with these replies. */
async function server(most: number, over: Answers, pipelining = false) {
  const seen = { connections: 0, transactions: [] as string[][], offered: [] as number[] };
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    seen.connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write('220 s.test\r\n');
    let to: string[] = [];
    let offered = 0;
    let inBody = false;
    function answer(line: string): string {
      const isOver = offered > most;
      if (line.startsWith('EHLO')) return pipelining ? '250-s.test\r\n250 PIPELINING' : '250 s.test';
      if (line.startsWith('MAIL') || line === 'RSET') {
        to = [];
        offered = 0;
        return '250 ok';
      }
      if (line.startsWith('RCPT')) {
        offered += 1;
        if (line.includes('never')) return '550 5.1.1 No such user';
        if (line.includes('full')) return '452 4.2.2 Mailbox full';
        if (offered > most && over.rcpt !== undefined) return over.rcpt;
        to.push(/<(.*?)>/.exec(line)?.[1] ?? '');
        return '250 ok';
      }
      if (line === 'DATA') {
        seen.offered.push(offered);
        if (to.length === 0) return '554 no valid recipients';
        return isOver && over.data !== undefined ? over.data : '354 go';
      }
      if (line !== '.') return line === 'QUIT' ? '221 bye' : '250 ok';
      if (isOver && over.body !== undefined) return over.body;
      seen.transactions.push(to);
      return '250 ok';
    }
    socket.setEncoding('latin1').on('data', (text: string) => {
      for (const line of text.split('\r\n').slice(0, -1)) {
        if (inBody && line !== '.') continue;
        const reply = answer(line);
        inBody = reply.startsWith('354');
        socket.write(`${reply}\r\n`);
        if (reply.startsWith('421')) socket.end();
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
  return { seen, transport, account: sendingAccount({ port: (listener.address() as AddressInfo).port }) };
}

const people = (n: number) => Array.from({ length: n }, (_one, i) => `r${i}@x.test`);
const sentTo = (to: string[]) => ({
  kind: 'sent',
  recipients: to.map((address) => ({ address, status: 'sent', smtp_code: 250 })),
});

test.each([
  '552 5.5.3 Maximum limit of 3 recipients reached',
  '452 4.5.3 Error: too many recipients',
  '452 Too many recipients',
  '552 Too many recipients',
  '452 4.5.3 Recipient limit exceeded',
  '550 5.5.3 Too many recipients',
  '451 4.5.3 only so many',
  '554 too many recipients',
  '452 Requested action not taken (RFC 5321 4.5.3.1.10)',
  '452 Requested action not taken',
  '552 Requested action aborted',
  '550 5.7.1 Recipient count exceeds limit',
  '550 5.7.0 No more than 3 recipients',
  '554 Only 3 recipients allowed',
  '454 Too many recipients',
  '452 4.3.1 Too many recipients',
  '550 Too many destination addresses',
  '450 4.3.0 Only one recipient at a time',
  '550 You may only send to 3 recipients at a time',
  '451-4.3.0 Multiple destination domains per transaction is unsupported.  Please\r\n451 4.3.0 try again.',
])('the rest goes in further transactions on the same connection after %j', async (rcpt) => {
  for (const pipelining of [false, true]) {
    const { seen, transport, account } = await server(3, { rcpt }, pipelining);
    const to = people(8);
    expect(await transport.attempt(account, { to })).toMatchObject(sentTo(to));
    expect(seen.transactions).toEqual([to.slice(0, 3), to.slice(3, 6), to.slice(6)]);
    expect(seen.connections).toBe(1);
    // The number is known by now: no more are offered.
    expect(await transport.attempt(account, { to })).toMatchObject(sentTo(to));
    expect(seen.offered.slice(1)).toEqual([3, 2, 3, 3, 2]);
  }
});

test.each<[string, Answers]>([
  ['to DATA', { data: '550 5.5.3 Too many recipients' }],
  ['to the body, in other words', { body: '550 Send to fewer recipients at once' }],
  ['to the body', { body: '552 5.5.3 Too many recipients in this message' }],
  ['with the end of the session', { rcpt: '421 4.5.3 Too many recipients, closing' }],
])('fewer are tried where the limit is only told %s', async (_what, over) => {
  const { seen, transport, account } = await server(3, over);
  const to = people(8);
  expect(await transport.attempt(account, { to })).toMatchObject(sentTo(to));
  expect(seen.transactions.flat()).toEqual(to);
});

test('recipients who are refused for themselves keep their replies, and are asked once', async () => {
  const { seen, transport, account } = await server(2, { rcpt: '452 4.5.3 Too many recipients' });
  const to = ['a@x.test', 'never@x.test', 'b@x.test', 'c@x.test', 'full@x.test', 'd@x.test'];
  const outcome = await transport.attempt(account, { to });
  expect(outcome).toMatchObject({ kind: 'sent' });
  const statuses = 'recipients' in outcome ? outcome.recipients?.map(({ status }) => status) : [];
  expect(statuses).toEqual(['sent', 'error', 'sent', 'sent', 'deferred', 'sent']);
  expect(seen.transactions.flat().sort()).toEqual(['a@x.test', 'b@x.test', 'c@x.test', 'd@x.test']);
});

test.each(['452 4.2.2 Mailbox full', '452 4.3.1 Insufficient system storage', '450 4.2.0 Greylisted'])(
  'other refusals after the first recipient are theirs: %j',
  async (rcpt) => {
    const { seen, transport, account } = await server(1, { rcpt });
    const outcome = await transport.attempt(account, { to: people(3) });
    expect(outcome).toMatchObject({
      kind: 'sent',
      recipients: [{}, { status: 'deferred' }, { status: 'deferred' }],
    });
    expect(seen.transactions).toEqual([['r0@x.test']]);
  },
);

test('a mail that has to be one transaction leaves the rest for the next one at once', async () => {
  const { seen, transport, account } = await server(3, { rcpt: '452 4.5.3 Too many recipients' });
  const to = people(5);
  const outcome = await transport.attempt(account, { to, isSingle: true });
  expect(outcome).toMatchObject({ kind: 'sent', hasNext: true });
  const statuses = 'recipients' in outcome ? outcome.recipients?.map(({ status }) => status) : [];
  expect(statuses).toEqual(['sent', 'sent', 'sent', 'deferred', 'deferred']);
  expect(seen.transactions).toEqual([to.slice(0, 3)]);
});
