// With GMP_REPORT_HANDLER the operator's own module gets the reports, and no endpoint does; the examples work as they are.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { refusedStart } from '../support/programs/refused-start.js';
import type { Service } from '../support/programs/service.js';
import { type TempFolder, tempFolder } from '../support/programs/temp-folder.js';
import type { SmtpSink } from '../support/servers/smtp-sink.js';
import { mails } from '../support/stage/mail.js';
import { type Stage, setStage } from '../support/stage/set-stage.js';
import { addTenant } from '../support/stage/tenant.js';

let stage: Stage;
let sink: SmtpSink;
let folder: TempFolder;
beforeEach(async () => {
  folder = await tempFolder('handler');
  stage = await setStage();
  sink = await stage.sink();
});
afterEach(async () => {
  await stage.remove();
  await folder.remove();
});

async function handler(source: string): Promise<string> {
  const file = join(folder.path, 'handler.mjs');
  await writeFile(file, source);
  return file;
}

function example(name: string): string {
  return fileURLToPath(new URL(`../../examples/report-handlers/${name}`, import.meta.url));
}

async function readLines<T>(file: string): Promise<T[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as T);
}

/** Two tenants whose messages are all reported in the end; one has an endpoint, which must not be called. */
async function report(service: Service): Promise<void> {
  const app = await stage.app();
  const [shop, press] = [
    await addTenant(service, 'shop', { server: sink, app }),
    await addTenant(service, 'press', { server: sink }),
  ];
  await Promise.all([shop.handIn(service, mails('m', 5)), press.handIn(service, mails('m', 5))]);
  for (const tenant of [shop, press]) {
    await tenant.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  }
  expect([app.calls.length, app.idleCalls.length]).toEqual([0, 0]);
}

test('a batch is one tenant’s, acknowledged by returning; by throwing, or never returning, it comes again', async () => {
  const calls = join(folder.path, 'calls.jsonl');
  const file = await handler(`
    import { appendFileSync } from 'node:fs';
    let n = 0;
    export default async function (batch) {
      appendFileSync(${JSON.stringify(calls)}, JSON.stringify(batch) + '\\n');
      n += 1;
      if (n === 1) throw new Error('not now');
      if (n === 2) await new Promise(() => {});
    }`);
  const service = await stage.program({ GMP_REPORT_HANDLER: file, GMP_REPORT_TIMEOUT_SECONDS: '1' });
  await report(service);
  const batches = await readLines<{ tenant_id: string; entries: { tenant_id: string; id: string }[] }>(calls);
  for (const { tenant_id, entries } of batches) {
    expect(entries.length).toBeGreaterThan(0);
    expect(new Set(entries.map((entry) => entry.tenant_id))).toEqual(new Set([tenant_id]));
  }
  for (const tenant of ['shop', 'press']) {
    const told = batches.filter(({ tenant_id }) => tenant_id === tenant).flatMap(({ entries }) => entries);
    expect(new Set(told.map(({ id }) => id)).size).toBe(5);
  }
});

test('the example that writes to a file writes every event once', async () => {
  const file = join(folder.path, 'reports.jsonl');
  const service = await stage.program({
    GMP_REPORT_HANDLER: example('to-file.mjs'),
    REPORT_FILE: file,
  });
  await report(service);
  const entries = await readLines<{ event_id: number; sent_ts: number }>(file);
  expect(new Set(entries.map(({ event_id }) => event_id)).size).toBe(10);
  expect(entries.every(({ sent_ts }) => sent_ts > 0)).toBe(true);
});

test('the example that publishes to Redis has a stream for each tenant', async () => {
  const service = await stage.program({
    GMP_REPORT_HANDLER: example('to-redis.mjs'),
    REPORT_REDIS_URL: stage.redis.url,
  });
  await report(service);
  const redis = new Redis(stage.redis.url);
  const [shop, press] = await Promise.all(
    ['shop', 'press'].map((tenant) => redis.xrange(`mail-proxy:reports:${tenant}`, '-', '+')),
  );
  redis.disconnect();
  expect([shop?.length, press?.length]).toEqual([5, 5]);
  const [, fields] = shop![0]!;
  expect(JSON.parse(fields[3]!)).toMatchObject({ tenant_id: 'shop', event_id: Number(fields[1]) });
});

test.each([
  ['is not there', undefined, 'does not exist'],
  ['is no JavaScript', 'export default {', 'cannot be loaded'],
  ['exports no function', 'export default 5;', 'has no function as its default export'],
])('the service does not start with a handler that %s, and says so', async (_what, source, why) => {
  const file = source === undefined ? join(folder.path, 'none.mjs') : await handler(source);
  const { code, lines, created } = await refusedStart({ GMP_REPORT_HANDLER: file });
  expect([code, lines.join(), created]).toEqual([1, expect.stringContaining(why), []]);
});
