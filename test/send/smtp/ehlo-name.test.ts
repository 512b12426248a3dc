// The service introduces itself by a name that servers take: the account's, the installation's, the machine's or its address.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { isEhloName } from '../../../src/domain/ehlo-name.js';
import { fullNameOf } from '../../../src/send/smtp/session/client-name.js';
import { startSmtpSink } from '../../support/servers/smtp-sink.js';
import { sendingAccount, transportUnderTest } from '../../support/stage/transport-under-test.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** A server that refuses a name without a dot or brackets, as Postfix does with reject_non_fqdn_helo_hostname. */
async function strictServer({ host = '127.0.0.1', takesEhlo = true } = {}) {
  const greetings: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.write('220 strict.test\r\n');
    let inBody = false;
    socket.setEncoding('latin1').on('data', (text: string) => {
      for (const line of text.split('\r\n').slice(0, -1)) {
        if (inBody && line !== '.') continue;
        socket.write(`${replyTo(line)}\r\n`);
        inBody = line === 'DATA';
      }
    });
  });
  function replyTo(line: string): string {
    const [, verb, name = ''] = /^(EHLO|HELO) (.*)$/.exec(line) ?? [];
    if (verb !== undefined) greetings.push(`${verb} ${name}`);
    if (verb === 'EHLO' && !takesEhlo) return '502 5.5.1 Command not implemented';
    if (verb !== undefined && !/^\[.+\]$|\./.test(name))
      return '504 5.5.2 Helo command rejected: need fully-qualified hostname';
    return line === 'DATA' ? '354 go' : '250 ok';
  }
  server.listen(0, host);
  await once(server, 'listening');
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { greetings, account: sendingAccount({ host, port: (server.address() as AddressInfo).port }) };
}

function transport(names: { ehloName?: string; machineName?: string } = {}) {
  const opened = transportUnderTest(names);
  ends.push(opened.close);
  return opened;
}

test.each([
  ['the address of its end of the connection', {}, undefined, '[127.0.0.1]'],
  ['the name of the machine', { machineName: 'mx.acme.test' }, undefined, 'mx.acme.test'],
  [
    'the setting before the name of the machine',
    { machineName: 'mx.acme.test', ehloName: 'out.acme.test' },
    undefined,
    'out.acme.test',
  ],
  ['the name of the account before all others', { ehloName: 'out.acme.test' }, 'a.shop.test', 'a.shop.test'],
])('EHLO says %s', async (_what, names, ehloName, expected) => {
  const { greetings, account } = await strictServer();
  expect(await transport(names).attempt({ ...account, ehloName })).toMatchObject({ kind: 'sent' });
  expect(greetings).toEqual([`EHLO ${expected}`]);
});

test('to a server on IPv6, the address is written as RFC 5321 has it', async () => {
  const { greetings, account } = await strictServer({ host: '::1' });
  expect(await transport().attempt(account)).toMatchObject({ kind: 'sent' });
  expect(greetings).toEqual(['EHLO [IPv6:::1]']);
});

test('HELO has the same name where the server does not know EHLO', async () => {
  const { greetings, account } = await strictServer({ takesEhlo: false });
  expect(await transport({ ehloName: 'out.acme.test' }).attempt(account)).toMatchObject({ kind: 'sent' });
  expect(await transport().attempt(account)).toMatchObject({ kind: 'sent' });
  expect(greetings).toEqual([
    'EHLO out.acme.test',
    'HELO out.acme.test',
    'EHLO [127.0.0.1]',
    'HELO [127.0.0.1]',
  ]);
});

test('EHLO after STARTTLS has the same name', async () => {
  const sink = await startSmtpSink({ tls: 'starttls' });
  ends.push(sink.stop);
  const account = sendingAccount({ port: sink.port, useTls: true, ehloName: 'a.shop.test' });
  expect(await transport().attempt(account)).toMatchObject({ kind: 'sent' });
  expect(sink.messages[0]?.session).toMatchObject({ secure: true, clientName: 'a.shop.test' });
});

test.each([
  ['vm', '127.0.0.1 localhost\n127.0.1.1 vm.example.com vm', 'vm.example.com'],
  ['VM', '10.0.0.5\tmail.example.com  web vm # comment', 'mail.example.com'],
  ['mx.example.com', '', 'mx.example.com'],
  ['vm', '127.0.0.1 localhost localhost.localdomain vm', undefined],
  ['vm', '127.0.0.1 vm\n# 127.0.0.1 vm.example.com vm', undefined],
  ['vm', '127.0.1.1 vm2.example.com vm2', undefined],
  ['my_vm.example.com', '', undefined],
  ['vm', '', undefined],
])('the full name of the machine %j with the hosts %j is %j', (host, hosts, expected) => {
  expect(fullNameOf(host, hosts)).toBe(expected);
});

test.each([
  'mail.example.com',
  'xn--bcher-kva.example',
  'a-1.b2.test',
  '[192.0.2.1]',
  '[IPv6:2001:db8::1]',
  '[ipv6:::1]',
])('%j can be a name', (name) => expect(isEhloName(name)).toBe(true));

test.each([
  'vm',
  '',
  ' ',
  'a b.test',
  'a.test\r\nQUIT',
  'a.test\n',
  '-a.test',
  'a-.test',
  'a..test',
  '.a.test',
  'a.test.',
  'my_host.test',
  'bücher.example',
  '192.0.2.1',
  '2001:db8::1',
  '[]',
  '[2001:db8::1]',
  '[IPv6:192.0.2.1]',
  '[300.0.0.1]',
  '[IPv6:fe80::1%eth0]',
  '[mail.example.com]',
  `${'a.'.repeat(127)}test`,
  `${'a'.repeat(64)}.test`,
])('%j can be no name', (name) => expect(isEhloName(name)).toBe(false));
