// A TLS handshake that fails is told in plain words, in deliveries and in verify, without the text of OpenSSL.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket, type TLSSocketOptions } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import type { SendingAccount } from '../../../src/store/accounts/sending-accounts.js';
import { certificatePath } from '../../support/servers/sink-protocol.js';
import { sendingAccount, transportUnderTest } from '../../support/stage/transport-under-test.js';

const ends: (() => unknown)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const key = readFileSync(certificatePath('server-key.pem'));
const certificate = (name: string) => ({ key, cert: readFileSync(certificatePath(`${name}.pem`)) });
const good = certificate('server');
const untrusted = { ...certificate('untrusted'), key: readFileSync(certificatePath('untrusted-key.pem')) };
const old = { ...good, ciphers: 'DEFAULT@SECLEVEL=0', minVersion: 'TLSv1' } as const;

type AfterStarttls = TLSSocketOptions | ((socket: Socket) => void);

/** A server that offers STARTTLS and then goes on with these options, or as it is told. */
function starttlsServer(after: AfterStarttls): Server {
  return createServer((socket) => {
    socket.on('error', () => {});
    socket.write('220 starttls.test\r\n');
    const read = (chunk: Buffer) => {
      const line = String(chunk);
      if (line.startsWith('EHLO')) socket.write('250-starttls.test\r\n250 STARTTLS\r\n');
      if (!line.startsWith('STARTTLS')) return;
      socket.off('data', read);
      socket.write('220 go\r\n');
      if (typeof after === 'function') after(socket);
      else new TLSSocket(socket, { isServer: true, ...after }).on('error', () => {});
    };
    socket.on('data', read);
  });
}

async function accountAt(server: Server, fields: Partial<SendingAccount> = {}): Promise<SendingAccount> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(fields.port ?? 0, fields.host ?? '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return sendingAccount({ useTls: true, ...fields, port: (server.address() as AddressInfo).port });
}

/** What a delivery and verify say. */
async function told(account: SendingAccount): Promise<{ error: string; verified: string }> {
  const transport = transportUnderTest({ connect: 2 });
  ends.push(transport.close);
  const outcome = await transport.attempt(account);
  const verified = (await transport.verify(account)) ?? 'works';
  const error = 'error' in outcome ? outcome.error : outcome.kind;
  expect(error + verified).not.toMatch(/[0-9A-F]{8}:|SSL routines|openssl/i);
  return { error, verified };
}

const tooOld = 'The server offers TLS 1.1 or older only, and TLS 1.2 is the oldest that is used';
const noCipher =
  'The server refuses the TLS handshake: it takes none of the ciphers that are offered, or demands a certificate of the client';
const notTls = 'The server does not speak TLS on that port';
const ended = 'The server ended the connection during the TLS handshake';

/** The first answer of a server that chooses this version, as servers without any newer one give it. */
function helloOf(version: string) {
  const hello = Buffer.from(`${version}${'01'.repeat(32)}00c01300`, 'hex');
  const handshake = Buffer.concat([Buffer.from([2, 0, 0, hello.length]), hello]);
  const record = Buffer.concat([
    Buffer.from(`16${version}00`, 'hex'),
    Buffer.from([handshake.length]),
    handshake,
  ]);
  return (socket: Socket) => socket.once('data', () => socket.write(record));
}

const faults: [what: string, after: AfterStarttls, sentence: string][] = [
  ['offers TLS 1.1 only', { ...old, maxVersion: 'TLSv1.1' }, tooOld],
  ['offers TLS 1.0 only', { ...old, maxVersion: 'TLSv1' }, tooOld],
  ['answers with TLS 1.1', helloOf('0302'), tooOld],
  [
    'has no cipher in common',
    { ...good, ciphers: 'NULL-SHA256:@SECLEVEL=0', maxVersion: 'TLSv1.2' },
    noCipher,
  ],
  ['has no certificate', {}, noCipher],
  [
    'demands a certificate of the client',
    { ...good, requestCert: true, rejectUnauthorized: true, maxVersion: 'TLSv1.2' },
    noCipher,
  ],
  ['goes on in clear', (socket) => void socket.write('250 no TLS here\r\n'), notTls],
  [
    'answers with HTTP',
    (socket) => socket.once('data', () => socket.write('HTTP/1.1 400 Bad\r\n\r\n')),
    notTls,
  ],
  ['hangs up', (socket) => socket.once('data', () => socket.end()), ended],
  ['cuts the connection', (socket) => socket.once('data', () => socket.resetAndDestroy()), ended],
  ['has a certificate that expired', certificate('expired'), 'The certificate of the server has expired'],
  ['has a self-signed certificate', untrusted, 'The certificate of the server is self-signed'],
  [
    'has a certificate of an unknown authority',
    certificate('unknown-authority'),
    'The certificate of the server is of an authority that is not known here, or a certificate in between is missing',
  ],
];

test.each(faults)('a server that %s after STARTTLS', async (_what, after, sentence) => {
  const account = await accountAt(starttlsServer(after));
  expect(await told(account)).toEqual({ error: sentence, verified: sentence });
});

test('a certificate for another name: the delivery also tells for which', async () => {
  const sentence = 'The certificate of the server is for another name than the host of the account';
  const account = await accountAt(starttlsServer(certificate('other-name')), { host: 'localhost' });
  const { error, verified } = await told(account);
  expect(verified).toBe(sentence);
  expect(error).toMatch(new RegExp(`^${sentence}: .*mail\\.other\\.test`));
});

test('a server that refuses STARTTLS', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.write('220 x.test\r\n');
    socket.on('data', (chunk) =>
      socket.write(
        String(chunk).startsWith('EHLO')
          ? '250-x.test\r\n250 STARTTLS\r\n'
          : '454 4.7.0 TLS not available\r\n',
      ),
    );
  });
  const { error, verified } = await told(await accountAt(server));
  expect(verified).toBe('The server offers no TLS that can be used (454)');
  expect(error).toBe('The server offers no TLS that can be used: 454 4.7.0 TLS not available');
});

/** Port 465 at an address of its own, because another test file listens at 127.0.0.1. */
const implicit = { host: '127.0.0.46', port: 465 };

test.runIf(process.getuid?.() === 0)(
  'on port 465, a server without TLS and one with an old TLS',
  async () => {
    const plain = createServer((socket) => {
      socket.on('error', () => {});
      socket.write('220 plain.test\r\n');
    });
    expect(await told(await accountAt(plain, implicit))).toEqual({ error: notTls, verified: notTls });
    plain.close();
    ends.splice(0).map((end) => end());
    const ancient = createTlsServer({ ...old, maxVersion: 'TLSv1.1' });
    ancient.on('tlsClientError', () => {});
    expect(await told(await accountAt(ancient, implicit))).toEqual({ error: tooOld, verified: tooOld });
  },
);

test('a server that expects TLS from the first byte where STARTTLS is due', async () => {
  const server = createTlsServer(good);
  server.on('tlsClientError', () => {});
  const sentence =
    'The server does not answer in time: it sends no greeting, as servers do that expect TLS from the first byte';
  const { error, verified } = await told(await accountAt(server));
  expect(verified).toBe(sentence);
  expect(error).toBe(`${sentence}: Timeout: the server sent no greeting within 2 s`);
});
