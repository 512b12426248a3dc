// While Redis is away messages are accepted all the same, and leave when it is back.
import { beforeEach, expect, test } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import { type RedisServer, startRedis } from '../../support/servers/redis.js';
import type { ReportApp } from '../../support/servers/report-app.js';
import type { SmtpAnswer } from '../../support/servers/smtp-sink.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, countIds } from '../../support/stage/tenant.js';

const patience = { timeoutMs: 40_000 };
const SETTINGS = { GMP_MAX_CONCURRENT_PER_ACCOUNT: '5' };

let redis: RedisServer;
let stage: Stage;
let app: ReportApp;
beforeEach(async () => {
  redis = await startRedis();
  stage = await setStage({ redis });
  app = await stage.app();
});

test('without Redis every call is answered within 5 s; the messages leave once when it is back', async () => {
  const sink = await stage.sink();
  const service = await stage.service(SETTINGS);
  const tenant = await addTenant(service, 'acme', { app, server: sink });
  await tenant.handIn(service, [mail('before')]);
  await sink.waitFor(1);
  await redis.kill();

  for (const message of mails('down', 20)) await tenant.handIn(service, [message], { timeoutMs: 5000 });
  await tenant.handIn(service, mails('many', 30), { timeoutMs: 5000 });
  expect(await tenant.list(service)).toHaveLength(51);
  expect((await service.api('GET', '/health')).status).toBe(200);
  expect((await service.api('GET', '/ready')).status).toBe(503);
  expect(sink.count).toBe(1);

  await redis.restart();
  await sink.waitFor(51, patience);
  await app.waitFor(({ entries }) => countIds(entries).size === 51, patience);
  await tenant.untilAll(service, ({ status, reported_ts }) => status === 'sent' && reported_ts !== undefined);
  expect(sink.count).toBe(51);
  expect((await service.api('GET', '/ready')).status).toBe(200);
});

test('what was queued or under way when Redis died is sent once and reported', async () => {
  const held: ((answer: SmtpAnswer) => void)[] = [];
  const sink = await stage.sink({
    onData: (_message, n) => (n <= 5 ? new Promise((answer) => held.push(answer)) : undefined),
  });
  const service = await stage.service(SETTINGS);
  const tenant = await addTenant(service, 'acme', { app, server: sink });
  await tenant.handIn(service, mails('m', 30));
  await sink.waitFor(() => held.length === 5);
  await redis.kill();
  for (const answer of held) answer(undefined);
  await waitFor('the sends under way to be recorded', async () => {
    const sent = (await tenant.list(service)).filter(({ status }) => status === 'sent');
    return sent.length === 5;
  });

  await redis.restart();
  await sink.waitFor(30, patience);
  await app.waitFor(({ entries }) => countIds(entries).size === 30, patience);
  await tenant.untilAll(service, ({ status }) => status === 'sent');
  expect(sink.count).toBe(30);
});

test('the service can be stopped while Redis is away, and loses nothing by it', async () => {
  const sink = await stage.sink();
  const first = await stage.service(SETTINGS);
  const tenant = await addTenant(first, 'acme', { app, server: sink });
  await redis.kill();
  await tenant.handIn(first, mails('m', 5));
  expect(await first.term()).toBe(0);

  await redis.restart();
  const second = await stage.service(SETTINGS);
  await sink.waitFor(5, patience);
  await app.waitFor(({ entries }) => countIds(entries).size === 5, patience);
  await tenant.untilAll(second, ({ status }) => status === 'sent');
  expect(sink.count).toBe(5);
});
