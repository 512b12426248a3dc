// nodemailer's lists of recipients and awaited replies become queues, whose first entry is taken without moving the others.
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import { expect, test } from 'vitest';
import { quickenQueues } from '../../../../src/send/smtp/session/quick-queues.js';
import { startSmtpSink } from '../../../support/servers/smtp-sink.js';
import { sendingAccount, transportUnderTest } from '../../../support/stage/transport-under-test.js';

interface List {
  readonly length: number;
  readonly 0: unknown;
  push(entry: unknown): void;
  shift(): unknown;
}

/** Lists of nodemailer, by its own names. */
type ListName = '_responseActions' | '_recipientQueue';

function quickened() {
  const smtp = new SMTPConnection({});
  quickenQueues(smtp);
  return {
    smtp,
    list: (name: ListName): List => Reflect.get(smtp, name),
    assign: (name: ListName, entries: unknown[]) => Reflect.set(smtp, name, entries),
  };
}

const recipients = (n: number) => Array.from({ length: n }, (_, i) => `r${i}@x.test`);

test.each<ListName>(['_responseActions', '_recipientQueue'])('%s gives its entries in order', (name) => {
  const { list } = quickened();
  const queue = list(name);
  expect(Array.isArray(queue)).toBe(false);
  const taken: unknown[] = [];
  // Entries come while others are taken, so that the queue is at times half taken, and at times empty.
  for (let n = 0; n < 100; n++) {
    queue.push(2 * n);
    queue.push(2 * n + 1);
    expect(queue[0]).toBe(taken.length);
    taken.push(queue.shift());
    expect(queue.length).toBe(n + 1);
  }
  while (queue.length > 0) taken.push(queue.shift());
  expect(taken).toEqual(Array.from({ length: 200 }, (_, n) => n));
  expect(queue[0]).toBeUndefined();
  expect(queue.shift()).toBeUndefined();
  expect(queue.length).toBe(0);
  queue.push('later');
  expect(queue.shift()).toBe('later');
});

test('a list that nodemailer assigns later is a queue with the entries of that list, and the list stays as it is', () => {
  const { list, assign } = quickened();
  const given = ['a', 'b'];
  assign('_recipientQueue', given);
  expect(Array.isArray(list('_recipientQueue'))).toBe(false);
  list('_recipientQueue').push('c');
  expect([1, 2, 3].map(() => list('_recipientQueue').shift())).toEqual(['a', 'b', 'c']);
  expect(given).toEqual(['a', 'b']);
});

test('the recipients of an envelope become a queue where there are very many', () => {
  const { smtp } = quickened();
  const setEnvelope: unknown = Reflect.get(smtp, '_setEnvelope');
  // There is no server to say MAIL FROM to.
  Reflect.set(smtp, '_sendCommand', () => {});
  const isQueueFor = (n: number) => {
    const envelope: { from: string; to: string[]; rcptQueue?: unknown } = { from: '', to: recipients(n) };
    if (typeof setEnvelope === 'function') setEnvelope.call(smtp, envelope, () => {});
    expect(envelope.rcptQueue).toMatchObject({ length: n, 0: 'r0@x.test' });
    return !Array.isArray(envelope.rcptQueue);
  };
  expect(isQueueFor(8001)).toBe(true);
  expect(isQueueFor(8000)).toBe(false);
});

test('a mail to very many recipients names each of them once, in order', async () => {
  const sink = await startSmtpSink({});
  const transport = transportUnderTest();
  try {
    const to = recipients(8001);
    expect(await transport.attempt(sendingAccount({ port: sink.port }), { to })).toMatchObject({
      kind: 'sent',
    });
    await sink.waitFor(1);
    expect(sink.messages.map(({ rcptTo }) => rcptTo)).toEqual([to]);
  } finally {
    transport.close();
    await sink.waitFor(() => sink.connections === 0);
    await sink.stop();
  }
});
