// A transcript has what was said about one mail: no credentials, no body, nothing of a server that is no mail server, and
// never more than its bytes.
import { afterEach, expect, test } from 'vitest';
import { mostOfAttempt, openTranscript } from '../../../src/send/smtp/transcript/transcript.js';
import type { SendingAccount } from '../../../src/store/accounts/sending-accounts.js';
import { type SmtpSinkOptions, startSmtpSink } from '../../support/servers/smtp-sink.js';
import { startToxicSmtp } from '../../support/servers/toxic-smtp.js';
import { sendingAccount, transportUnderTest } from '../../support/stage/transport-under-test.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const user = 'app@shop.test';
const password = 'correct horse';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const secrets = [password, base64(password), base64(user), base64(`\0${user}\0${password}`), 'Dear Ann'];
const raw = Buffer.from('Subject: x\r\n\r\nDear Ann\r\n.\r\n');

async function sink(options: SmtpSinkOptions) {
  const started = await startSmtpSink(options);
  ends.push(() => started.stop());
  return started;
}

function transport() {
  const opened = transportUnderTest({ connect: 5, reply: 5 });
  ends.push(() => opened.close());
  const tracing = async (account: Partial<SendingAccount> & { port: number }, to = ['ann@x.test']) => {
    const transcript = openTranscript();
    const envelope = { from: 'app@shop.test', to };
    const whole = sendingAccount({ keepTranscripts: true, useTls: false, ...account });
    await opened
      .send('owner', whole, envelope, { raw }, { transcript })
      .catch((fault: unknown) => transcript.addFault(fault));
    return transcript.read() ?? '';
  };
  return tracing;
}

test.each([
  ['PLAIN', ['C: AUTH PLAIN ***']],
  ['LOGIN', ['C: AUTH LOGIN ***', 'S: 334 ***', 'C: ***', 'S: 334 ***', 'C: ***']],
  ['CRAM-MD5', ['C: AUTH CRAM-MD5 ***', 'S: 334 ***', 'C: ***']],
])(
  'the login with %s is told without its lines, and a refused recipient with its reply',
  async (mechanism, login) => {
    const { port } = await sink({
      auth: { user, pass: password },
      mechanisms: [mechanism],
      onRcpt: (address) =>
        address.startsWith('never')
          ? { code: 550, message: `no ${address}, ${base64(password)}` }
          : undefined,
    });
    const told = await transport()({ port, user, password }, ['never@x.test', 'ann@x.test']);
    for (const secret of secrets) expect(told).not.toContain(secret);
    const lines = told.split('\n').filter((line) => !/^S: 250-/.test(line));
    expect(lines.slice(0, 2)).toEqual([`#: connected to 127.0.0.1:${port}`, 'S: 220 sink.test ESMTP']);
    const at = lines.findIndex((line) => line.startsWith('C: AUTH'));
    expect(lines.slice(at, at + login.length)).toEqual(login);
    expect(lines.slice(at + login.length).sort()).toEqual(
      [
        'S: 235 Authentication successful',
        `C: MAIL FROM:<app@shop.test> SIZE=${raw.length}`,
        'S: 250 Accepted',
        'C: RCPT TO:<never@x.test>',
        'S: 550 (the reply held credentials)',
        'C: RCPT TO:<ann@x.test>',
        'S: 250 Accepted',
        'C: DATA',
        'S: 354 End data with <CR><LF>.<CR><LF>',
        // With the dot that ends it, and the dot that hides the one in the mail.
        `#: the mail, ${raw.length + 1 + 3} bytes`,
        'S: 250 OK: message queued',
      ].sort(),
    );
  },
);

test('a refused login is told, and the second mail of a connection begins with how the connection began', async () => {
  const refusing = await sink({ auth: { user, pass: 'another' } });
  const send = transport();
  const refused = await send({ port: refusing.port, user, password });
  expect(refused).toContain('C: AUTH PLAIN ***\nS: 535 wrong user or password');
  const { port } = await sink({ tls: 'starttls', certificate: 'trusted' });
  const again = transport();
  const account = { port, host: 'localhost', useTls: true };
  expect(await again(account, ['ann@x.test'])).toContain('C: RCPT TO:<ann@x.test>');
  const second = await again(account, ['bob@x.test']);
  expect(second).toContain('S: 220 sink.test ESMTP');
  expect(second).toMatch(/^C: STARTTLS\nS: 220 .*\n#: encrypted with TLSv1\.[23]\nC: EHLO /m);
  expect(second).toContain('#: mail 2 of this connection\nC: MAIL FROM');
  expect(second).toContain('C: RCPT TO:<bob@x.test>');
  expect(second).not.toContain('ann@x.test');
});

test.each([
  'SSH-2.0-OpenSSH_9.2 inner.example',
  'HTTP/1.1 400 Bad inner.example',
  '+OK inner.example',
  '200 inner.example',
  '220-inner.example\r\nand inner.example',
])('what a server says that is no mail server is not told: %s', async (reply) => {
  const toxic = await startToxicSmtp('greeting', { reply });
  ends.push(() => toxic.stop());
  const told = await transport()({ port: toxic.port });
  expect(told.replace('S: 220-inner.example', '')).not.toContain('inner.example');
  expect(told).toContain('S: (not shown, because it is no SMTP reply)');
});

test('long replies are cut, and of thousands of recipients the beginning and the end are kept', async () => {
  const { port } = await sink({
    onRcpt: (address) => ({ code: 550, message: `${address} ${'x'.repeat(900)}` }),
  });
  const to = Array.from({ length: 2000 }, (_, n) => `to-${n}@x.test`);
  const told = await transport()({ port }, to);
  expect(Buffer.byteLength(told)).toBeLessThan(mostOfAttempt + 100);
  expect(Math.max(...told.split('\n').map((line) => line.length))).toBeLessThan(320);
  expect(told).toContain('S: 220 sink.test');
  expect(told).toContain('S: 550 to-1999@x.test');
  expect(told).toMatch(/^#: \d{4} lines left out$/m);
});

test('an account that keeps none has none', async () => {
  const { port } = await sink({});
  expect(await transport()({ port, keepTranscripts: false })).toBe('');
});
