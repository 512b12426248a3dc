// The SMTP sink does what the tests that rely on it believe: it keeps what came and answers as told.
import { once } from 'node:events';
import { connect } from 'node:net';
import { createTransport, type SMTPTransportOptions } from 'nodemailer';
import { afterEach, expect, test } from 'vitest';
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from './smtp-sink.js';

const open: SmtpSink[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((sink) => sink.stop()));
});

async function sinkWith(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const sink = await startSmtpSink(options);
  open.push(sink);
  return sink;
}

const MAIL = { from: 'a@example.com', to: 'b@example.com', subject: 'Hello', text: 'text' };

function send(sink: SmtpSink, mail: Record<string, unknown> = {}, options: SMTPTransportOptions = {}) {
  const transport = createTransport({ host: 'localhost', port: sink.port, ...options });
  return transport.sendMail({ ...MAIL, ...mail }).finally(() => transport.close());
}

test('keeps envelope, header fields and bytes of a message as they were sent', async () => {
  const sink = await sinkWith();
  const raw = 'X-Genro-Mail-ID: m1\r\nSubject: one\r\n two\r\n\r\n.\r\n..dots\r\nGrüße\r\n';
  await send(sink, { envelope: { from: 'bounce@example.com', to: ['b@example.com', 'c@example.com'] }, raw });

  const [message] = await sink.waitFor(1);
  expect(message).toMatchObject({
    mailFrom: 'bounce@example.com',
    rcptTo: ['b@example.com', 'c@example.com'],
  });
  expect(message).toMatchObject({ id: 'm1', answer: 'accepted', session: { secure: false } });
  expect(message?.header('subject')).toBe('one two');
  expect(message?.raw.toString()).toBe(raw);
});

test('takes a pipelined transaction with 8BITMIME and an internationalised address', async () => {
  const sink = await sinkWith();
  const socket = connect(sink.port, sink.host);
  let replies = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    replies += text;
  });
  await once(socket, 'data');
  socket.write('EHLO client.test\r\n');
  await once(socket, 'data');
  socket.write(
    'MAIL FROM:<a@example.com> BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<müller@example.com>\r\nDATA\r\n',
  );
  socket.write('Subject: x\r\n\r\ny\r\n.\r\nQUIT\r\n');
  const [message] = await sink.waitFor(1);
  await once(socket, 'close');

  expect(message?.rcptTo).toEqual(['müller@example.com']);
  expect(replies).toMatch(/PIPELINING.*8BITMIME.*SMTPUTF8.*SIZE/s);
  expect(replies.match(/^\d{3} /gm)).toEqual(['220 ', '250 ', '250 ', '250 ', '354 ', '250 ', '221 ']);
});

test('answers recipients and messages as told, the attempts counted', async () => {
  const sink = await sinkWith({
    onRcpt: (_address, attempt) => (attempt === 1 ? { code: 450, message: 'try later' } : undefined),
    onData: (_message, n) => (n === 1 ? { code: 554, message: 'no such thing' } : undefined),
  });
  await expect(send(sink)).rejects.toMatchObject({ responseCode: 450 });
  await expect(send(sink)).rejects.toMatchObject({ responseCode: 554, response: '554 no such thing' });
  await send(sink);

  expect(sink.count).toBe(1);
  expect(sink.attempts.map(({ answer }) => answer)).toEqual([
    { code: 554, message: 'no such thing' },
    'accepted',
  ]);
});

test('cuts the connection after the body, and never replies, when told so', async () => {
  const sink = await sinkWith({ onData: (_message, n) => (n === 1 ? 'drop' : 'hang') });
  await expect(send(sink)).rejects.toThrow(/close/i);
  await expect(send(sink, {}, { socketTimeout: 300 })).rejects.toThrow(/timeout/i);

  expect(sink.count).toBe(0);
  expect(sink.attempts.map(({ answer }) => answer)).toEqual(['drop', 'hang']);
});

test('holds a reply back until a promise is settled', async () => {
  let release: () => void = () => {};
  const gate = new Promise<undefined>((resolve) => {
    release = () => resolve(undefined);
  });
  const sink = await sinkWith({ onData: () => gate });
  const sent = send(sink);
  await sink.waitFor((_messages, { attempts }) => attempts.length === 1);
  expect(sink.count).toBe(0);
  release();
  await sent;
  expect(sink.count).toBe(1);
});

test.each(['starttls', 'implicit'] as const)(
  'demands %s and AUTH, with the test certificate',
  async (tls) => {
    const sink = await sinkWith({ tls, auth: { user: 'u', pass: 'p' } });
    const secure = tls === 'implicit' ? { secure: true } : { requireTLS: true };
    await send(sink, {}, { ...secure, auth: { user: 'u', pass: 'p' } });
    expect(sink.messages[0]?.session).toMatchObject({ secure: true, user: 'u', tlsServername: 'localhost' });

    await expect(send(sink, {}, { ...secure, auth: { user: 'u', pass: 'x' } })).rejects.toMatchObject({
      responseCode: 535,
    });
    await expect(send(sink, {}, secure)).rejects.toMatchObject({ responseCode: 530 });
    expect(sink.count).toBe(1);
  },
);

test('shows a certificate nobody trusts when told so', async () => {
  const sink = await sinkWith({ tls: 'implicit', certificate: 'untrusted' });
  await expect(send(sink, {}, { secure: true })).rejects.toThrow(/certificate/);
});

test('stops under open connections and comes back on the same port', async () => {
  const first = await startSmtpSink({ tls: 'starttls', onData: () => 'hang' });
  const failures = Array.from({ length: 20 }, () => send(first).catch((error: Error) => error.message));
  await first.waitFor((_messages, { attempts }) => attempts.length > 0);
  expect(first.connections).toBeGreaterThan(0);
  await first.stop();
  expect(await Promise.all(failures)).not.toContainEqual(
    expect.objectContaining({ accepted: expect.anything() }),
  );
  expect(first.connections).toBe(0);

  const second = await sinkWith({ port: first.port });
  await send(second);
  expect(second.count).toBe(1);
});

test('only counts when told so', async () => {
  const sink = await sinkWith({ keepMessages: false });
  await send(sink);
  expect([sink.count, sink.messages.length, sink.attempts.length]).toEqual([1, 0, 0]);
});

test('says what it has when what is waited for does not come', async () => {
  const sink = await sinkWith();
  await send(sink, { headers: { 'X-Genro-Mail-ID': 'm7' } });
  await expect(sink.waitFor(2, { timeoutMs: 50 })).rejects.toThrow('2 messages; 1 came: m7');
});
