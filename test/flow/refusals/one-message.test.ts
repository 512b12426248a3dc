// A reply about one message, sender or recipient never holds its account: the others leave, and the message ends.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import type { SmtpReply, SmtpSinkOptions } from '../../support/servers/smtp-sink.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, type ListedMessage } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service(settings);
});

const settings = { GMP_BREAKER_OPEN_SECONDS: '1', GMP_RETRY_DELAYS: '1', GMP_MAX_RETRIES: '2' };

const bob = 'bob@example.net';
const isOver = ({ status }: ListedMessage) => status === 'sent' || status === 'error';

type Case = [code: number, message: string];

/** Each case has a tenant of its own, and all run at once, because they mostly wait. */
async function inEachCase(
  cases: Case[],
  server: (reply: SmtpReply) => SmtpSinkOptions,
  run: (
    tenant: Awaited<ReturnType<typeof addTenant>>,
    sink: Awaited<ReturnType<Stage['sink']>>,
  ) => Promise<void>,
): Promise<void> {
  await Promise.all(
    cases.map(async ([code, message]) => {
      const sink = await stage.sink(server({ code, message }));
      await run(await addTenant(service, `t${++tenants}`, { server: sink }), sink);
    }),
  );
}
let tenants = 0;

test('a message whose one recipient, sender or body is always refused ends, and the others leave', async () => {
  const allBut = async (
    bad: ReturnType<typeof mail>,
    cases: Case[],
    server: (reply: SmtpReply) => SmtpSinkOptions,
  ) =>
    inEachCase(cases, server, async (tenant, sink) => {
      await tenant.handIn(service, [bad, ...mails('m', 10)]);
      await sink.waitFor(10);
      const ended = await tenant.until(service, 'bad', ({ status }) => status === 'error');
      expect(cases.map(([code]) => code)).toContain(ended.smtp_code);
    });
  await allBut(
    mail('bad', { to: bob }),
    [
      [454, '4.7.1 <bob@example.net>: Relay access denied'],
      [421, 'Recipient not in route list'],
      [530, 'SMTP authentication is required.'],
      [550, '5.7.1 Authentication required'],
    ],
    (reply) => ({ onRcpt: (address) => (address === bob ? reply : undefined) }),
  );
  await allBut(
    mail('bad', { from: bob }),
    [
      [421, '4.7.0 Messages from this sender are not welcome'],
      [452, '4.3.1 Insufficient system storage'],
    ],
    (reply) => ({ onMail: (from) => (from === bob ? reply : undefined) }),
  );
  await allBut(
    mail('bad'),
    [
      [421, '4.7.0 Try again later, closing connection'],
      [451, '4.3.0 Error: queue file system is full'],
    ],
    (reply) => ({ onData: ({ id }) => (id === 'bad' ? reply : undefined) }),
  );
});

test('many messages to one refused recipient hold no other, and the others of the same message get it', async () => {
  const replies: Case[] = [
    [421, '4.7.0 Try again later, closing connection'],
    [454, '4.7.1 <bob@example.net>: Relay access denied'],
    [530, '5.7.0 Authentication required'],
  ];
  const server = (reply: SmtpReply) => ({
    onRcpt: (address: string) => (address === bob ? reply : undefined),
  });
  await inEachCase(replies, server, async (tenant, sink) => {
    const bad = mails('bad', 4, { to: bob, priority: 'immediate' });
    await tenant.handIn(service, [...bad, mail('mixed', { to: ['x@y.test', bob, 'z@y.test'] })]);
    const [mixed] = await sink.waitFor(1);
    expect(mixed?.rcptTo).toEqual(['x@y.test', 'z@y.test']);
    await tenant.untilAll(service, ({ status }) => status !== 'pending');
    await tenant.handIn(service, [mail('good')]);
    const good = await tenant.until(service, 'good', ({ status }) => status === 'sent');
    expect(good.history.map(({ event_type }) => event_type)).toEqual(['queued', 'sent']);
    const all = await tenant.untilAll(service, isOver);
    expect(all.filter(({ status }) => status === 'error').map(({ id }) => id)).toEqual(
      bad.map(({ id }) => id),
    );
  });
});

test('a sender refused at MAIL stops no other sender, even where it comes first and is urgent', async () => {
  const replies: Case[] = [
    [530, '5.7.0 Authentication required'],
    [550, '5.7.1 Unauthenticated senders not allowed'],
    [503, '5.5.4 Error: send AUTH command first.'],
    [421, '4.7.0 Try again later'],
  ];
  const server = (reply: SmtpReply) => ({ onMail: (from: string) => (from === bob ? reply : undefined) });
  await inEachCase(replies, server, async (tenant, sink) => {
    await tenant.handIn(service, mails('bad', 3, { from: bob, priority: 'immediate' }));
    await tenant.until(service, 'bad-1', ({ status }) => status === 'deferred');
    await tenant.handIn(service, mails('good', 3));
    await sink.waitFor(3);
    const all = await tenant.untilAll(service, isOver);
    expect(all.filter(({ status }) => status === 'sent').map(({ id }) => id)).toEqual([
      'good-1',
      'good-2',
      'good-3',
    ]);
  });
});

test('copies of one refused body hold no other mail', async () => {
  const sink = await stage.sink({
    onData: ({ raw }) => (/casino/.test(String(raw)) ? { code: 421, message: '4.7.0 Not now' } : undefined),
  });
  const tenant = await addTenant(service, 'copies', { server: sink });
  await tenant.handIn(service, mails('bad', 5, { body: 'Visit our casino.' }));
  await tenant.untilAll(service, ({ status }) => status === 'deferred');
  await tenant.handIn(service, [mail('good')]);
  const good = await tenant.until(service, 'good', ({ status }) => status === 'sent');
  expect(good.history.map(({ event_type }) => event_type)).toEqual(['queued', 'sent']);
});

test('a server in trouble costs no message its retries', async () => {
  let full = true;
  const sink = await stage.sink({
    onData: () => (full ? { code: 451, message: 'Error while writing spool file' } : undefined),
  });
  const tenant = await addTenant(service, 'spool', { server: sink });
  await tenant.handIn(service, mails('m', 30));
  await sink.waitFor((_messages, { attempts }) => attempts.length > 5);
  full = false;
  await sink.waitFor(30);
  const all = await tenant.untilAll(service, ({ status }) => status === 'sent');
  expect(all.map(({ retry_count }) => Number(retry_count) <= 1)).toEqual(all.map(() => true));
});

test('a fresh session that is refused at MAIL as if for good ends no message', async () => {
  const replies: Case[] = [
    [554, '5.4.2 Bad connection'],
    [503, 'session expired'],
    [554, '5.5.0 Error: idle timeout, session closed'],
    [500, '5.5.1 Bad sequence of commands'],
  ];
  const server = (reply: SmtpReply) => {
    const sessions = new Set<string>();
    return {
      onMail: (_from: string, { id }: { id: string }) => (sessions.add(id).size <= 2 ? reply : undefined),
    };
  };
  await inEachCase(replies, server, async (tenant, sink) => {
    await tenant.handIn(service, [mail('m')]);
    const { status } = await tenant.until(service, 'm', isOver);
    expect([status, sink.connectionsSoFar]).toEqual(['sent', 3]);
  });
});

test('what was learned of a sender or recipient is known after a restart, by two processes', async () => {
  const refused = { code: 530, message: '5.7.0 Authentication required' };
  const isBob = (address: string) => (address === bob ? refused : undefined);
  const cases = await Promise.all(
    [
      { fields: { from: bob }, server: { onMail: isBob } },
      { fields: { to: bob }, server: { onRcpt: isBob } },
    ].map(async ({ fields, server }) => {
      const sink = await stage.sink(server);
      const tenant = await addTenant(service, `t${++tenants}`, { server: sink });
      await tenant.handIn(service, [mail('before', fields)]);
      await tenant.until(service, 'before', ({ status }) => status === 'deferred');
      await tenant.handIn(service, [mail('good')]);
      await tenant.untilAll(service, isOver);
      return { fields, tenant };
    }),
  );
  await service.term();

  // A breaker that opens now does not close while the test runs.
  const lasting = { GMP_BREAKER_OPEN_SECONDS: '3600', GMP_MAX_RETRIES: '0' };
  const [one, two] = [await stage.service(lasting), await stage.service(lasting)];
  await Promise.all(
    cases.map(async ({ fields, tenant }) => {
      await tenant.handIn(one, mails('bad', 3, { ...fields, priority: 'immediate' }));
      await tenant.handIn(two, mails('good', 3));
      const all = await tenant.untilAll(one, isOver);
      for (const { id, status } of all)
        expect([id, status]).toEqual([id, id.startsWith('good') ? 'sent' : 'error']);
    }),
  );
});
