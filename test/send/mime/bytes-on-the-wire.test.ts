// Nothing in the head of a mail is beyond ASCII unless its session was begun with SMTPUTF8, and every line is fit to be sent.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { simpleParser } from 'mailparser';
import { beforeAll, expect, test } from 'vitest';
import { decoded, unfolded } from '../../domain/header/read-header.js';
import type { Service } from '../../support/programs/service.js';
import { removeAtEnd } from '../../support/stage/clean-up.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
const servers: Record<string, Awaited<ReturnType<typeof recordingServer>>> = {};
const tenants: Record<string, Tenant> = {};
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service();
  for (const name of ['new', 'old']) {
    const server = await recordingServer(name === 'new' ? ['8BITMIME', 'SMTPUTF8'] : ['8BITMIME']);
    servers[name] = server;
    removeAtEnd(server.stop);
    tenants[name] = await addTenant(service, name, { server });
  }
});

const mixed = {
  to: ['Zoë <müller@example.test>', 'ann@example.test'],
  cc: 'Bob <bob@bücher.example>, 用户@example.test',
};

test('a server without SMTPUTF8 gets ASCII: the others get the mail, in which the address is named but cannot be answered', async () => {
  const { sent, status } = await deliver('old', 'mixed', mixed);
  expect(status).toBe('sent');
  expect(sent!.from).toBe('MAIL FROM:<app@acme.test>');
  expect(sent!.to).toEqual(['RCPT TO:<ann@example.test>', 'RCPT TO:<bob@xn--bcher-kva.example>']);
  expectAsciiHead(sent!.raw);
  const parsed = await simpleParser(sent!.raw);
  const shown = [parsed.to ?? []].flat().flatMap(({ value }) => value);
  expect(shown).toEqual([
    { name: 'Zoë müller@example.test', group: [] },
    { name: '', address: 'ann@example.test' },
  ]);
});

test('a server with SMTPUTF8 is told, and gets the addresses as they are', async () => {
  const { sent } = await deliver('new', 'mixed', mixed);
  expect(sent!.from).toBe('MAIL FROM:<app@acme.test> SMTPUTF8');
  expect(sent!.to).toContain('RCPT TO:<müller@example.test>');
  expect(sent!.raw.toString()).toContain(
    'To: =?UTF-8?Q?Zo=C3=AB?= <müller@example.test>, ann@example.test\r\n',
  );
  const parsed = await simpleParser(sent!.raw);
  const shown = [parsed.cc ?? []].flat().flatMap(({ value }) => value);
  expect(shown.map(({ address }) => address)).toEqual(['bob@bücher.example', '用户@example.test']);
});

test('an address beyond ASCII in Bcc alone changes no header', async () => {
  const { sent } = await deliver('new', 'hidden', { bcc: 'müller@example.test' });
  expect(sent!.from).toContain(' SMTPUTF8');
  expectAsciiHead(sent!.raw);
});

test.each([
  ['From', { from: 'Ü <ü@acme.test>', return_path: 'b@acme.test' }],
  ['Reply-To', { reply_to: 'ü@acme.test' }],
  ['Sender', { headers: { Sender: 'ü@acme.test' } }],
])('an address beyond ASCII in %s leaves with SMTPUTF8 or not at all', async (name, fields) => {
  const { sent } = await deliver('new', `with-${name}`, fields);
  expect(sent!.from).toMatch(/^MAIL FROM:<\w+@acme\.test> SMTPUTF8$/);
  expect(sent!.raw.toString()).toMatch(new RegExp(`^${name}: .*ü@acme\\.test`, 'm'));
  const next = await deliver('new', `after-${name}`, {});
  expect(next.sent!.from).toBe('MAIL FROM:<app@acme.test>');

  const refused = await deliver('old', `without-${name}`, fields);
  expect(refused).toMatchObject({ sent: undefined, status: 'error' });
  expect(refused.error).toBe(
    `The server does not take the address in ${name}, which is beyond ASCII (SMTPUTF8, RFC 6531)`,
  );
});

test.each(['new', 'old'])('every other header is ASCII in short lines for any server: %s', async (name) => {
  const subject = `${'Grüße 🔑 '.repeat(100)}${'x'.repeat(1200)}`;
  const { sent } = await deliver(name, 'long', {
    from: `"${'ü'.repeat(1200)}" <app@acme.test>`,
    to: [
      `${'n'.repeat(1200)} <ann@example.test>`,
      ...Array.from({ length: 200 }, (_, n) => `b${n}@example.test`),
    ],
    subject,
    body: `${'y'.repeat(5000)}\r${'z'.repeat(3000)}\nü`,
    headers: {
      'List-Id': '"Woche, täglich" <weekly.example.org>',
      'X-SMTPAPI': JSON.stringify({ to: Array.from({ length: 300 }, (_, n) => `ü${n}@x.de`) }),
      'Feedback-ID': '"a":b:ü',
      References: '<a@x> '.repeat(200),
      'X-Long': 'q'.repeat(1200),
    },
  });
  expectAsciiHead(sent!.raw);
  for (const line of sent!.raw.toString('latin1').split('\r\n')) expect(line.length).toBeLessThanOrEqual(998);
  const parsed = await simpleParser(sent!.raw);
  expect(parsed.subject).toBe(subject);
  expect(parsed.from?.value).toEqual([{ name: 'ü'.repeat(1200), address: 'app@acme.test' }]);
  const [first] = [parsed.to ?? []].flat().flatMap(({ value }) => value);
  expect(first).toEqual({ name: 'n'.repeat(1200), address: 'ann@example.test' });
  expect(decoded(String(parsed.headers.get('x-long')))).toBe('q'.repeat(1200));
});

test('a quoted local part stays quoted in MAIL, RCPT and the headers', async () => {
  const { sent } = await deliver('old', 'quoted', {
    from: '"..x"@example.com',
    to: ['"..x"@example.com', '"a b"@example.com', '"a\\"\\\\"@example.com', '"plain"@example.com'],
    cc: 'A <"x."@example.com>',
    return_path: '<"b..c"@example.com>',
    reply_to: '"@"@example.com',
  });
  expect(sent!.from).toBe('MAIL FROM:<"b..c"@example.com>');
  expect(sent!.to).toEqual([
    'RCPT TO:<"..x"@example.com>',
    'RCPT TO:<"a b"@example.com>',
    'RCPT TO:<"a\\"\\\\"@example.com>',
    'RCPT TO:<plain@example.com>',
    'RCPT TO:<"x."@example.com>',
  ]);
  const head = sent!.raw.toString().split('\r\n\r\n')[0]!;
  const field = (name: string) =>
    new RegExp(`^${name}: (.*(?:\\r\\n[ \\t].*)*)`, 'm').exec(head)?.[1]?.replace(/\r\n/g, '');
  expect(field('From')).toBe('<"..x"@example.com>');
  expect(field('To')).toBe(
    '<"..x"@example.com>, <"a b"@example.com>, <"a\\"\\\\"@example.com>, plain@example.com',
  );
  expect(field('Cc')).toBe('A <"x."@example.com>');
  expect(field('Reply-To')).toBe('<"@"@example.com>');
});

function expectAsciiHead(raw: Buffer): void {
  const head = raw.toString('latin1').split('\r\n\r\n')[0]!;
  for (const field of head.split(/\r\n(?![ \t])/)) unfolded(field);
}

async function deliver(server: string, id: string, fields: Record<string, unknown>) {
  await tenants[server]!.handIn(service, [mail(id, fields)]);
  const { status, error } = await tenants[server]!.until(service, id, (one) => one.status !== 'pending');
  const sent = servers[server]!.mails.find(({ raw }) => raw.includes(`X-Genro-Mail-ID: ${id}\r\n`));
  return { sent, status, error };
}

/** An SMTP server that keeps every byte. */
async function recordingServer(extensions: string[]) {
  const mails: { from: string; to: string[]; raw: Buffer }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let from = '';
    let to: string[] = [];
    let body: Buffer | undefined;
    let rest = Buffer.alloc(0);
    socket.write('220 recorder.test\r\n');
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let at = rest.indexOf('\r\n'); at >= 0; at = rest.indexOf('\r\n')) {
        const line = rest.subarray(0, at);
        rest = rest.subarray(at + 2);
        if (body === undefined) answer(line.toString());
        else if (line.toString() === '.') {
          mails.push({ from, to, raw: body });
          body = undefined;
          socket.write('250 kept\r\n');
        } else body = Buffer.concat([body, line[0] === 0x2e ? line.subarray(1) : line, Buffer.from('\r\n')]);
      }
    });
    function answer(command: string): void {
      if (command.startsWith('MAIL')) {
        from = command;
        to = [];
      } else if (command.startsWith('RCPT')) to.push(command);
      else if (command === 'DATA') {
        body = Buffer.alloc(0);
        socket.write('354 go on\r\n');
        return;
      }
      const lines = command.startsWith('EHLO') ? ['recorder.test', ...extensions] : ['ok'];
      socket.write(lines.map((line, n) => `250${n < lines.length - 1 ? '-' : ' '}${line}\r\n`).join(''));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    mails,
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
