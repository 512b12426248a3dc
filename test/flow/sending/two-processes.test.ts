// Several processes share the work of one database and one Redis: every message leaves once, whichever process sends it.
import { beforeEach, expect, test } from 'vitest';
import type { ReportApp } from '../../support/servers/report-app.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, countIds } from '../../support/stage/tenant.js';

const CONCURRENCY = 5;
const SETTINGS = { GMP_MAX_CONCURRENT_PER_ACCOUNT: String(CONCURRENCY) };
const patience = { timeoutMs: 50_000 };

let stage: Stage;
let sink: SmtpSink;
let app: ReportApp;
beforeEach(async () => {
  stage = await setStage();
  sink = await stage.sink({ delayMs: 20 });
  app = await stage.app();
});

test('one process with the API and another with the workers deliver each of 200 messages once', async () => {
  const api = await stage.service({ ...SETTINGS, GMP_ROLES: 'api' });
  const tenant = await addTenant(api, 'acme', { app, server: sink });
  await tenant.handIn(api, mails('before', 20));
  await stage.program({ ...SETTINGS, GMP_ROLES: 'worker' }, { until: 'health' });
  for (let i = 1; i <= 18; i++) await tenant.handIn(api, mails(`m-${i}`, 10));
  await tenant.untilAll(api, ({ reported_ts }) => reported_ts !== undefined);
  expect([sink.count, countIds(sink.messages).size]).toEqual([200, 200]);
  expect([app.entries.length, countIds(app.entries).size]).toEqual([200, 200]);
});

test('two full processes deliver each of 200 messages once, also those handed in through both at once', async () => {
  const both = await Promise.all([stage.service(SETTINGS), stage.program(SETTINGS)]);
  const tenant = await addTenant(both[0], 'acme', { app, server: sink });
  const same = mails('same', 50);
  const answers = await Promise.all(both.map((service) => tenant.post(service, same)));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  for (let i = 0; i < 15; i++) await tenant.handIn(both[i % 2]!, mails(`m-${i}`, 10));
  await tenant.untilAll(both[0], ({ reported_ts }) => reported_ts !== undefined);
  expect([sink.count, countIds(sink.messages).size]).toEqual([200, 200]);
  expect([app.entries.length, countIds(app.entries).size]).toEqual([200, 200]);
  // Both took part: one of them alone would have opened fewer connections.
  expect(sink.connectionsSoFar).toBeGreaterThan(CONCURRENCY);
});

test('a worker killed in the middle: the other finishes all, and only what was on the wire leaves twice', async () => {
  const api = await stage.service({ ...SETTINGS, GMP_ROLES: 'api' });
  const tenant = await addTenant(api, 'acme', { app, server: sink });
  const worker = { ...SETTINGS, GMP_ROLES: 'worker' };
  const [killed] = await Promise.all([stage.program(worker, { until: 'health' }), stage.service(worker)]);
  const wanted = mails('m', 200);
  await tenant.handIn(api, wanted);
  await sink.waitFor(50);
  await killed.kill();
  await tenant.untilAll(api, ({ reported_ts }) => reported_ts !== undefined, patience);
  expect(countIds(sink.messages).size).toBe(200);
  expect(sink.count - 200).toBeLessThanOrEqual(CONCURRENCY);
});
