// A server that takes few connections at once gets few, and no mail pays for having met the limit.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import { sendingAccount, transportUnderTest } from '../../support/stage/transport-under-test.js';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

type Refusal = { at: 'greeting' | 'EHLO' | 'MAIL'; reply: string } | 'close' | 'reset';

/** A server that takes `limit.most` connections at once and does so to each one more. */
async function limitedServer(refusal: Refusal, most = 3) {
  const limit = { most };
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    socket.on('error', () => {});
    const isSurplus = open.size >= limit.most;
    seen.all += 1;
    if (isSurplus) seen.refused += 1;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    seen.most = Math.max(seen.most, open.size);
    const end = (reply: string) => {
      open.delete(socket);
      socket.end(`${reply}\r\n`);
    };
    if (isSurplus && typeof refusal === 'string') {
      open.delete(socket);
      return refusal === 'close' ? socket.end() : socket.resetAndDestroy();
    }
    const refusesAt = (step: string) => isSurplus && typeof refusal === 'object' && refusal.at === step;
    const reply = typeof refusal === 'object' ? refusal.reply : '';
    if (refusesAt('greeting')) return end(reply);
    let inBody = false;
    socket.write('220 s.test\r\n');
    socket.setEncoding('latin1').on('data', (text: string) => {
      for (const line of text.split('\r\n').slice(0, -1)) {
        if (inBody && line !== '.') continue;
        const [verb = ''] = line.split(/[ :]/);
        if (refusesAt(verb)) return end(reply);
        if (verb === 'QUIT') return end('221 bye');
        if (line === '.') {
          inBody = false;
          seen.mails += 1;
          setTimeout(() => socket.write('250 ok\r\n'), 20);
          continue;
        }
        inBody = verb === 'DATA';
        socket.write(inBody ? '354 go\r\n' : '250 ok\r\n');
      }
    });
    return undefined;
  });
  const seen = { all: 0, refused: 0, mails: 0, most: 0 };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const transport = transportUnderTest({ perAccount: 20 });
  ends.push(() => {
    transport.close();
    for (const socket of open) socket.destroy();
    server.close();
  });
  const account = sendingAccount({ port: (server.address() as AddressInfo).port });
  const sendAll = (n: number, fields = {}) =>
    Promise.all(Array.from({ length: n }, () => transport.attempt({ ...account, ...fields })));
  return { seen, limit, transport, sendAll };
}

const spellings: [string, Refusal][] = [
  [
    '421 at the greeting',
    { at: 'greeting', reply: '421 4.7.0 mx.test Error: too many connections from 192.0.2.1' },
  ],
  [
    'another 421',
    { at: 'greeting', reply: '421 Too many concurrent SMTP connections; please try again later' },
  ],
  ['554 at the greeting', { at: 'greeting', reply: '554 5.7.0 No more sessions' }],
  ['451 to EHLO', { at: 'EHLO', reply: '451 4.7.652 exceeded the maximum number of connections' }],
  ['432 to MAIL', { at: 'MAIL', reply: '432 4.3.2 Concurrent connections limit exceeded' }],
  ['421 to MAIL', { at: 'MAIL', reply: '421 4.4.5 Server busy, connection count exceeded' }],
  ['closed at once', 'close'],
  ['reset at once', 'reset'],
];

test.each(spellings)(
  'mails beyond the limit wait for the connections that work: %s',
  async (_what, refusal) => {
    const { seen, transport, sendAll } = await limitedServer(refusal);
    const outcomes = await sendAll(40);
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(40).fill('sent'));
    expect(seen.mails).toBe(40);
    expect(transport.room('owner')).toBeLessThanOrEqual(3);
    const { refused } = seen;
    expect((await sendAll(40)).every(({ kind }) => kind === 'sent')).toBe(true);
    expect(seen.refused).toBe(refused);
  },
);

test('after a time one connection more is tried: one that is taken stays, one that is refused makes the next try wait longer', async () => {
  const { seen, limit, transport, sendAll } = await limitedServer('close');
  const room = async () => {
    const outcomes = await sendAll(40);
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array(40).fill('sent'));
    return transport.room('owner');
  };
  const most = await room();
  const before = seen.refused;
  limit.most = most + 2;
  for (const more of [1, 2]) {
    transport.later(10_000);
    expect(await room()).toBe(most + more);
  }
  expect(seen.refused).toBe(before);
  // The server takes no more than these two.
  for (const tries of [1, 1, 2, 2, 2, 2, 3]) {
    transport.later(10_000);
    expect(await room()).toBe(most + 2);
    expect(seen.refused).toBe(before + tries);
  }
});

test('max_connections holds from the first mail on', async () => {
  const { seen, transport, sendAll } = await limitedServer('close', 100);
  expect((await sendAll(30, { maxConnections: 2 })).every(({ kind }) => kind === 'sent')).toBe(true);
  expect(seen.most).toBe(2);
  expect(transport.room('owner')).toBe(2);
});

test('an account with a single connection and one mail to each sends all', async () => {
  const { seen, sendAll } = await limitedServer('close', 1);
  const outcomes = await sendAll(10, { maxConnections: 1, batchSize: 1 });
  expect(outcomes.every(({ kind }) => kind === 'sent')).toBe(true);
  expect([seen.most, seen.all]).toEqual([1, 10]);
});

test('a server that refuses every connection is no matter of their number', async () => {
  const { sendAll } = await limitedServer({ at: 'greeting', reply: '421 4.3.2 Service not available' }, 0);
  for (const outcome of await sendAll(5))
    expect(outcome).toMatchObject({ kind: 'account_refused', until: 'backoff' });
});

test('sends that wait get a connection when the account has changed meanwhile', async () => {
  const { seen, sendAll } = await limitedServer('close', 2);
  const before = sendAll(20, { maxConnections: 2 });
  await waitFor('some mails', () => seen.mails > 2);
  const after = sendAll(20, { maxConnections: 2, version: 'v2' });
  const outcomes = [...(await before), ...(await after)];
  expect(outcomes.every(({ kind }) => kind === 'sent')).toBe(true);
  expect(seen.most).toBe(2);
});
