// Verifying an account says in one sentence why it does not work, in bounded time, and reveals no secret.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../support/programs/free-port.js';
import type { Service } from '../../support/programs/service.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addAccount } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
const closers: (() => void)[] = [];
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service({
    GMP_SMTP_CONNECT_TIMEOUT_SECONDS: '2',
    GMP_SMTP_REPLY_TIMEOUT_SECONDS: '2',
    GMP_LOG_LEVEL: 'trace',
  });
  await service.api('POST', '/tenant', { id: 'shop' });
});
afterAll(async () => {
  for (const close of closers) close();
});

const password = 'pa55word-7c1e';
const right = { user: 'robot', password };

async function verify(server: { host: string; port: number }, fields: object = {}) {
  // The password of the test before is cleared unless another is given: it may not go along to another server.
  await addAccount(service, 'shop', 'tried', server, { use_tls: false, password: null, ...fields });
  const { status, body } = await service.api('POST', '/account/tried/verify?tenant_id=shop');
  return { status, ...body };
}

const failure = (error: string | RegExp) => ({
  status: 200,
  ok: false,
  error: typeof error === 'string' ? error : expect.stringMatching(error),
});

/** A server that answers each line as told and otherwise says nothing. */
async function talker(onLine: (line: string) => string | undefined, greeting?: string) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (greeting) socket.write(greeting);
    socket.on('data', (chunk) => socket.write(onLine(String(chunk)) ?? ''));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
}

test('an account that can log in works, and so does an account without a user that can connect', async () => {
  const sink = await stage.sink({ auth: { user: 'robot', pass: password } });
  expect(await verify(sink, right)).toEqual({ status: 200, ok: true });
  expect(await verify(await stage.sink())).toEqual({ status: 200, ok: true });
  const secure = await stage.sink({ tls: 'starttls', auth: { user: 'robot', pass: password } });
  expect(await verify(secure, { ...right, use_tls: true })).toEqual({ status: 200, ok: true });
  expect([sink.count, secure.count]).toEqual([0, 0]);
});

test('a refused password is answered with the reply code and without the text of the server', async () => {
  const said = `you said ${password}, that is ${Buffer.from(password).toString('base64')}`;
  const sink = await stage.sink({
    auth: { user: 'robot', pass: 'another' },
    onAuth: () => ({ code: 535, message: said }),
  });
  expect(await verify(sink, right)).toEqual(failure('The server refuses the user or the password (535)'));
});

test('a server without login is reported when the account has a user', async () => {
  const sentence = 'The account has a user, but the server offers no way to log in that can be used';
  expect(await verify(await stage.sink(), right)).toEqual(failure(sentence));
});

test('an invalid certificate is reported, and so is a server without TLS where TLS is required', async () => {
  const untrusted = await stage.sink({ tls: 'starttls', certificate: 'untrusted' });
  expect(await verify(untrusted, { use_tls: true })).toEqual(
    failure('The certificate of the server is self-signed'),
  );
  expect(await verify(await stage.sink(), { use_tls: true })).toEqual(
    failure(/^The server offers no TLS that can be used/),
  );
});

test('an unreachable server is reported', async () => {
  const nowhere = { host: '127.0.0.1', port: await freePort() };
  expect(await verify(nowhere)).toEqual(failure('Nothing listens on that port'));
  expect(await verify({ host: 'mail.nobody.invalid', port: 25 })).toEqual(
    failure(/^The host name does not exist$|^The server does not answer in time$/),
  );
});

test.each([
  ['has greeted', '220 hello\r\n', () => undefined],
  [
    'has offered a login',
    '220 hello\r\n',
    (line: string) => (line.startsWith('EHLO') ? '250-hello\r\n250 AUTH PLAIN\r\n' : undefined),
  ],
] as const)(
  'a server that says nothing more once it %s costs a bounded time',
  async (_name, greeting, onLine) => {
    const server = await talker(onLine, greeting);
    expect(await verify(server, right)).toEqual(failure('The server does not answer in time'));
  },
);

test('a server that sends no greeting costs a bounded time, and is told what that may mean', async () => {
  const server = await talker(() => undefined);
  expect(await verify(server, right)).toEqual(
    failure(/^The server does not answer in time: it sends no greeting/),
  );
});

test('a server that sends without end costs a bounded time as well', async () => {
  const server = await talker(
    (line) => (line.startsWith('EHLO') ? '250-more\r\n' : undefined),
    '220 hello\r\n',
  );
  expect(await verify(server)).toEqual(failure('The server does not answer in time'));
});

test('the text of another kind of server is not passed on', async () => {
  const secret = 'SSH-2.0-internal_7.4';
  const others = [
    await talker(() => undefined, `${secret}\r\n`),
    await talker(() => undefined, `554 ${secret}\r\n`),
    await talker(() => undefined, `${secret}`.repeat(20_000)),
  ];
  for (const server of others) {
    const answer = await verify(server, right);
    expect(answer).toMatchObject({ ok: false, error: expect.stringMatching(/^The server /) });
    expect(JSON.stringify(answer)).not.toContain(secret);
  }
});

/** A server that takes a login from nobody and refuses some senders. */
async function senders(refuse: (line: string) => string | undefined) {
  const lines: string[] = [];
  const server = await talker((line) => {
    lines.push(line.trim());
    if (line.startsWith('EHLO')) return '250-senders.test\r\n250 AUTH PLAIN\r\n';
    if (line.startsWith('AUTH')) return '235 ok\r\n';
    return `${(line.startsWith('MAIL') && refuse(line)) || '250 ok'}\r\n`;
  }, '220 senders.test\r\n');
  return { ...server, lines };
}

test('the server is asked whether it takes mail, and what was begun is taken back', async () => {
  const server = await senders(() => undefined);
  expect(await verify(server)).toEqual({ status: 200, ok: true });
  expect(server.lines.slice(1, 3)).toEqual(['MAIL FROM:<>', 'RSET']);
  expect(server.lines.filter((line) => /^(RCPT|DATA)/.test(line))).toEqual([]);
});

test.each([
  ['530 5.7.0 Authentication required', 'The server takes no mail without a login (530)'],
  ['550 Authentication required', 'The server refuses mail from this account (550)'],
  ['452 4.3.1 Insufficient system storage', 'The server takes no mail at present (452)'],
])('a server that answers MAIL with %s does not work', async (reply, sentence) => {
  expect(await verify(await senders(() => reply))).toEqual(failure(sentence));
});

test('a server that refuses the null sender alone works', async () => {
  const server = await senders((line) => (line.includes('<>') ? '550 5.7.1 No bounces here' : undefined));
  expect(await verify(server)).toEqual({ status: 200, ok: true });
});

test('the sender is the user where that is an address, and that of the latest message where there is one', async () => {
  const refused = (line: string) => (line.includes('@shop.test') ? '553 5.7.1 Not yours' : undefined);
  const server = await senders(refused);
  const user = { user: 'robot@shop.test', password };
  expect(await verify(server, user)).toEqual(failure('The server refuses mail from robot@shop.test (553)'));
  const from = (address: string, id: string) => ({
    id,
    tenant_id: 'shop',
    account_id: 'tried',
    from: 'Ann <ann@elsewhere.test>',
    return_path: address,
    to: 'bob@example.net',
    subject: 's',
    body: 'b',
    deferred_ts: Math.floor(Date.now() / 1000) + 3600,
  });
  const hand = async (address: string, id: string) => {
    const { body } = await service.api('POST', '/commands/add-messages', { messages: [from(address, id)] });
    expect(body).toMatchObject({ queued: 1 });
  };
  await hand('bounces@shop.test', 'm1');
  expect(await verify(server, right)).toEqual(
    failure('The server refuses mail from bounces@shop.test (553)'),
  );
  await hand('bounces@good.test', 'm2');
  expect(await verify(server, user)).toEqual({ status: 200, ok: true });
  expect(server.lines).toContain('MAIL FROM:<bounces@good.test>');
});

test('a server that says nothing more to MAIL costs a bounded time', async () => {
  const server = await talker(
    (line) => (line.startsWith('EHLO') ? '250 hello\r\n' : undefined),
    '220 hello\r\n',
  );
  expect(await verify(server)).toEqual(failure('The server does not answer in time'));
});

test('a stored password that cannot be decrypted is reported, until it is set again', async () => {
  const sink = await stage.sink({ auth: { user: 'robot', pass: password } });
  expect(await verify(sink, right)).toEqual({ status: 200, ok: true });
  await query(stage.database, `UPDATE accounts SET password = 'v1:${'A'.repeat(40)}' WHERE id = 'tried'`);
  const { status, body } = await service.api('POST', '/account/tried/verify?tenant_id=shop');
  expect({ status, ...body }).toEqual(
    failure(
      'The stored password of account "tried" cannot be decrypted with GMP_ENCRYPTION_KEY; set the password again',
    ),
  );
  expect(await verify(sink, right)).toEqual({ status: 200, ok: true });
});

test('no password was logged, and another tenant cannot verify the account', async () => {
  const { output } = service;
  expect(output()).not.toContain(password);
  expect(output()).not.toContain(Buffer.from(`\0robot\0${password}`).toString('base64'));
  const { body } = await service.api<{ api_key: string }>('POST', '/tenant', { id: 'other' });
  const call = (query: string) =>
    service.api('POST', `/account/tried/verify${query}`, undefined, { token: body.api_key });
  expect((await call('')).status).toBe(404);
  expect((await call('?tenant_id=shop')).status).toBe(401);
});
