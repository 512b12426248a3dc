// The envelope on the wire names the right sender and recipients.

import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import type { ReceivedMessage, SmtpSink } from '../../support/servers/smtp-sink.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
let sink: SmtpSink;
let wire: Awaited<ReturnType<typeof tapWire>>;
let tenant: Tenant;
beforeAll(async () => {
  stage = await setStage();
  sink = await stage.sink();
  wire = await tapWire(sink);
  service = await stage.service();
  tenant = await addTenant(service, 'acme', { server: wire });
});
afterAll(async () => {
  await stage.remove();
  await wire.stop();
});

test('Bcc stands in no header and is in the envelope; an address named twice is there once', async () => {
  const received = await deliver('bcc', {
    to: ['ann@example.test', 'Ann <ann@EXAMPLE.test>'],
    cc: ['bob@example.test', 'ann@example.test'],
    bcc: ['hidden@example.test', 'bob@example.test', 'Secret Name <other-hidden@example.test>'],
  });
  expect(received.rcptTo).toEqual([
    'ann@example.test',
    'bob@example.test',
    'hidden@example.test',
    'other-hidden@example.test',
  ]);
  expect(received.raw.toString()).not.toMatch(/hidden|Secret|^bcc:/im);
});

test('the envelope sender is return_path, else the address of from; an empty one is the null sender', async () => {
  expect((await deliver('sender')).mailFrom).toBe('app@acme.test');
  const own = await deliver('own-path', { return_path: 'bounces+1@acme.test' });
  expect([own.mailFrom, own.header('From')]).toEqual(['bounces+1@acme.test', 'app@acme.test']);
  expect((await deliver('null-path', { return_path: '<>' })).mailFrom).toBe('');
});

test('no header that a caller may set changes the envelope', async () => {
  const other = 'other@example.test';
  const names = [
    'Resent-To',
    'Resent-From',
    'Apparently-To',
    'Return-Path',
    'Delivered-To',
    'Errors-To',
    'X-To',
  ];
  const received = await deliver('own-headers', {
    headers: Object.fromEntries(names.map((name) => [name, other])),
  });
  expect([received.mailFrom, received.rcptTo]).toEqual(['app@acme.test', ['own-headers@example.test']]);
  for (const name of names) expect([name, received.headers(name)]).toEqual([name, [other]]);
});

test('an internationalised domain is punycode on the wire, and one recipient however it is written', async () => {
  const received = await deliver('idn', {
    from: 'Info <info@bücher.example>',
    to: ['ann@example.test', 'post@例え.テスト', 'post@XN--R8JZ45G.xn--zckzah'],
    return_path: 'bounce@bücher.example',
  });
  expect(wire.commands(/^MAIL|^RCPT/).slice(-3)).toEqual([
    expect.stringMatching(/^MAIL FROM:<bounce@xn--bcher-kva\.example>/),
    'RCPT TO:<ann@example.test>',
    'RCPT TO:<post@xn--r8jz45g.xn--zckzah>',
  ]);
  expect(received.header('Message-ID')).toMatch(/@xn--bcher-kva\.example>$/);
});

test('an address beyond ASCII goes to a server that takes it as it is, and to no other', async () => {
  const received = await deliver('utf8', { to: ['müller@example.test'] });
  expect(received.rcptTo).toEqual(['müller@example.test']);

  const old = await stage.sink({ smtpUtf8: false });
  const other = await addTenant(service, 'old', { server: old });
  await other.handIn(service, [
    mail('nobody-left', { to: ['müller@example.test'] }),
    mail('one-left', { to: ['müller@example.test', 'ann@example.test'] }),
  ]);
  const failed = await other.until(service, 'nobody-left', ({ status }) => status === 'error');
  expect(failed.error).toContain('SMTPUTF8');
  await other.until(service, 'one-left', ({ status }) => status === 'sent');
  expect(old.messages.map(({ id, rcptTo }) => ({ id, rcptTo }))).toEqual([
    { id: 'one-left', rcptTo: ['ann@example.test'] },
  ]);
  const { body } = await service.api<{ events: { metadata?: unknown }[] }>(
    'GET',
    '/messages/one-left/events?tenant_id=old',
  );
  expect(body.events.at(-1)?.metadata).toMatchObject({
    recipients: [
      { address: 'müller@example.test', status: 'error' },
      { address: 'ann@example.test', status: 'sent', smtp_code: 250 },
    ],
  });
});

test('Sender and Date among the headers stand in the mail, and leave the envelope as it is', async () => {
  const received = await deliver('given-headers', {
    headers: {
      sender: 'Zoë <z@bücher.example>',
      Date: 'Mon, 05 Jan 2026 10:00:00 +0100',
      'reply-to': 'help@acme.test',
      'Message-ID': 'order-7@acme.test',
    },
  });
  expect(received.mailFrom).toBe('app@acme.test');
  const names = ['From', 'Sender', 'Date', 'Reply-To', 'Message-ID'];
  expect(names.map((name) => received.headers(name))).toEqual([
    ['app@acme.test'],
    ['=?UTF-8?Q?Zo=C3=AB?= <z@xn--bcher-kva.example>'],
    ['Mon, 05 Jan 2026 10:00:00 +0100'],
    ['help@acme.test'],
    ['<order-7@acme.test>'],
  ]);
});

async function deliver(id: string, fields: Record<string, unknown> = {}): Promise<ReceivedMessage> {
  await tenant.handIn(service, [mail(id, fields)]);
  await sink.waitFor((messages) => messages.some((message) => message.id === id));
  return sink.messages.find((message) => message.id === id)!;
}

/** A proxy before the sink that records the client's lines, because the sink shows domains decoded. */
async function tapWire(to: SmtpSink) {
  let said = '';
  const server = createServer((client) => {
    const onward = connect(to.port, to.host);
    client.on('data', (chunk) => {
      said += chunk.toString('latin1');
    });
    client.on('error', () => onward.destroy());
    onward.on('error', () => client.destroy());
    // Without this a client whose pipe has lost its end stays paused, and the tap never closes.
    onward.on('close', () => client.destroy());
    client.pipe(onward).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, to.host, resolve));
  return {
    host: to.host,
    port: (server.address() as AddressInfo).port,
    commands: (pattern: RegExp) => said.split('\r\n').filter((line) => pattern.test(line)),
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
