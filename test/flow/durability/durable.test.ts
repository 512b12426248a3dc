// Answered means durable: no kill and no loss in Redis costs a message or its report.
import { beforeEach, expect, test } from 'vitest';
import type { ReportApp } from '../../support/servers/report-app.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, countIds } from '../../support/stage/tenant.js';

const CONCURRENCY = 10;
const SETTINGS = { GMP_MAX_CONCURRENT_PER_ACCOUNT: String(CONCURRENCY) };
const patience = { timeoutMs: 50_000 };

let stage: Stage;
let app: ReportApp;
let deaf: boolean;
beforeEach(async () => {
  stage = await setStage();
  deaf = false;
  app = await stage.app({ answer: () => (deaf ? { hang: true } : undefined) });
});

test('a kill right after the answer, with everything in Redis lost, loses none of 200 messages', async () => {
  const sink = await stage.sink({ delayMs: 20 });
  const first = await stage.program(SETTINGS);
  const tenant = await addTenant(first, 'acme', { app, server: sink });
  const ids = mails('m', 200);
  for (let from = 0; from < ids.length; from += 50) await tenant.handIn(first, ids.slice(from, from + 50));
  await first.kill();
  await stage.emptyRedis();

  const second = await stage.service(SETTINGS);
  await allArrive(sink, ids);
  await allAreReported(ids);
  await tenant.untilAll(second, ({ status, reported_ts }) => status === 'sent' && reported_ts !== undefined);
  expect(duplicatesIn(sink)).toBeLessThanOrEqual(CONCURRENCY);
});

test('everything in Redis lost under a running service: all leave once, without a restart', async () => {
  const sink = await stage.sink({ delayMs: 50 });
  const service = await stage.service({ ...SETTINGS, GMP_MAX_CONCURRENT_PER_ACCOUNT: '5' });
  const tenant = await addTenant(service, 'acme', { app, server: sink });
  const ids = [...mails('now', 60), ...mails('later', 5, { deferred_ts: Math.floor(Date.now() / 1000) + 3 })];
  await tenant.handIn(service, ids);
  await sink.waitFor(10);
  await stage.emptyRedis();

  await allArrive(sink, ids);
  await allAreReported(ids);
  await tenant.untilAll(service, ({ status }) => status === 'sent');
  expect(duplicatesIn(sink)).toBe(0);
});

test('a kill in the middle of sends and of a report: all arrive and are reported, only what was on the wire twice', async () => {
  const sink = await stage.sink({ delayMs: 200 });
  const first = await stage.program(SETTINGS);
  const tenant = await addTenant(first, 'acme', { app, server: sink });
  const ids = mails('m', 60);
  deaf = true;
  await tenant.handIn(first, ids);
  await sink.waitFor((_messages, { attempts }) => attempts.length >= 25);
  await app.waitFor(({ calls }) => calls.length > 0);
  await first.kill();
  deaf = false;
  app.clear();

  const second = await stage.service(SETTINGS);
  await allArrive(sink, ids);
  await allAreReported(ids);
  await tenant.untilAll(second, ({ status, reported_ts }) => status === 'sent' && reported_ts !== undefined);
  expect(duplicatesIn(sink)).toBeLessThanOrEqual(CONCURRENCY);
});

async function allArrive(sink: SmtpSink, wanted: { id: string }[]): Promise<void> {
  await sink.waitFor((messages) => {
    const arrived = new Set(messages.map(({ id }) => id));
    return wanted.every(({ id }) => arrived.has(id));
  }, patience);
}

async function allAreReported(wanted: { id: string }[]): Promise<void> {
  await app.waitFor(({ entries }) => {
    const reported = new Set(entries.flatMap(({ id, sent_ts }) => (sent_ts === undefined ? [] : [id])));
    return wanted.every(({ id }) => reported.has(id));
  }, patience);
}

function duplicatesIn(sink: SmtpSink): number {
  return sink.messages.length - countIds(sink.messages).size;
}
