// Attempts whose end is unknown, in processes that live: cut after the body, or stopped in the middle.
import { Redis } from 'ioredis';
import { beforeEach, expect, test } from 'vitest';
import { freeze } from '../../support/programs/freeze.js';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import type { SmtpAnswer, SmtpSink } from '../../support/servers/smtp-sink.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, type ListedMessage } from '../../support/stage/tenant.js';

const graceSeconds = 2;
const settings = { GMP_IN_DOUBT_GRACE_SECONDS: String(graceSeconds), GMP_RETRY_DELAYS: '1' };
const patience = { timeoutMs: 100_000 };

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});

test('cut after the body: with resend one more attempt after the grace time, as the same mail', {
  timeout: 240_000,
}, async () => {
  const sink = await stage.sink({ onData: (_message, n) => (n === 1 ? 'drop' : undefined) });
  const app = await stage.app();
  const service = await stage.service(settings);
  const tenant = await addTenant(service, 'acme', { app, server: sink });
  await tenant.handIn(service, [mail('cut')]);
  const sent = await tenant.until(service, 'cut', ({ status }) => status === 'sent');
  const [first, second] = sink.attempts;
  expect(sink.attempts).toHaveLength(2);
  expect(second?.header('Message-ID')).toBe(first?.header('Message-ID'));
  expect(Number(second?.receivedAt) - Number(first?.receivedAt)).toBeGreaterThanOrEqual(graceSeconds * 1000);
  expect(doubtsOf(sent)).toEqual(['deferred']);
  expect((await app.waitForEntry(({ sent_ts }) => sent_ts !== undefined)).id).toBe('cut');
});

test('cut after the body: with hold it ends as in doubt and never leaves again by itself, also over restarts', {
  timeout: 240_000,
}, async () => {
  const sink = await stage.sink({ onData: (_message, n) => (n === 1 ? 'drop' : undefined) });
  const app = await stage.app();
  const first = await stage.service(settings);
  const account = { on_in_doubt: 'hold' };
  const tenant = await addTenant(first, 'acme', { app, server: sink, account });
  await tenant.handIn(first, [mail('cut')]);
  const held = await tenant.until(first, 'cut', ({ status }) => status === 'error');
  expect([held.error, doubtsOf(held)]).toEqual(['in_doubt', ['error']]);
  expect(await app.waitForEntry(({ error }) => error === 'in_doubt')).toMatchObject({ id: 'cut' });
  const nextIsSent = async (service: Service, id: string) => {
    await service.api('POST', '/commands/run-now');
    await tenant.handIn(service, [mail(id)]);
    await tenant.until(service, id, ({ status }) => status === 'sent');
  };
  await first.term();
  await stage.emptyRedis();
  const second = await stage.program(settings);
  await nextIsSent(second, 'after-term');
  await second.kill();
  await stage.emptyRedis();
  await nextIsSent(await stage.service(settings), 'after-kill');
  expect(sink.attempts.map(({ id }) => id)).toEqual(['cut', 'after-term', 'after-kill']);
});

test('a process that stands still: BullMQ gives its job to another, which sends nothing before the first counts as dead', {
  timeout: 240_000,
}, async () => {
  const { sink, release } = await holdingSink();
  // Longer than BullMQ takes to call a job stalled.
  const slow = { ...settings, GMP_PROCESS_TIMEOUT_SECONDS: '40' };
  const api = await stage.service({ ...slow, GMP_ROLES: 'api' });
  const tenant = await addTenant(api, 'acme', { server: sink });
  const worker = { ...slow, GMP_ROLES: 'worker' };
  const first = await stage.program(worker, { until: 'health' });
  await tenant.handIn(api, [mail('slow')]);
  await sink.waitFor((_messages, { attempts }) => attempts.length === 1);
  await stage.service(worker);
  await untilActive(1);
  const goOn = freeze(first.pid);
  // Its account's queue is worked on by the other from now on, which sees to what is stalled there.
  await tenant.handIn(api, [mail('other')]);
  await tenant.until(api, 'other', ({ status }) => status === 'sent');
  // Taken from the one that stands still, and ended by the other, which found nothing to send.
  await untilActive(0);
  expect(sink.attempts.map(({ id }) => id)).toEqual(['slow', 'other']);
  expect((await tenant.find(api, 'slow')).history.map(({ event_type }) => event_type)).toEqual(['queued']);

  const sent = await tenant.until(api, 'slow', ({ status }) => status === 'sent');
  expect(doubtsOf(sent)).toEqual(['deferred']);
  release();
  goOn();
  await sink.waitFor(3);
  await tenant.handIn(api, [mail('next')]);
  await tenant.until(api, 'next', ({ status }) => status === 'sent');
  expect(sink.attempts.map(({ id }) => id)).toEqual(['slow', 'other', 'slow', 'next']);
  expect((await tenant.find(api, 'slow')).history).toHaveLength(sent.history.length);
});

/** Waits until so many jobs of the account are under way in the books of BullMQ. */
async function untilActive(count: number): Promise<void> {
  const redis = new Redis(stage.redis.url);
  try {
    await waitFor(
      `${count} jobs under way`,
      async () => (await redis.llen('mail-proxy:send.acme.main:active')) === count,
      patience,
    );
  } finally {
    redis.disconnect();
  }
}

/** Keeps back its reply to the first message until told. */
async function holdingSink(): Promise<{ sink: SmtpSink; release: () => void }> {
  let release = () => {};
  const held = new Promise<SmtpAnswer>((answer) => {
    release = () => answer(undefined);
  });
  return { sink: await stage.sink({ onData: (_message, n) => (n === 1 ? held : undefined) }), release };
}

/** The events of a message that say it is in doubt. */
function doubtsOf({ history }: ListedMessage): string[] {
  return history.filter(({ metadata }) => metadata?.in_doubt === true).map(({ event_type }) => event_type);
}
