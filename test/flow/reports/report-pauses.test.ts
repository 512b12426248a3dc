// How long a report waits for its next try counts what the application failed at, and nothing else that went wrong.
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Context } from '../../../src/boot.js';
import { type Booted, boot } from '../../../src/boot.js';
import { openInFlight } from '../../../src/concurrency/in-flight.js';
import { readConfig } from '../../../src/config.js';
import { promoteAllReports } from '../../../src/queue/run-now.js';
import { openPoster } from '../../../src/report/post.js';
import type { Query, Transaction } from '../../../src/store/db/transaction.js';
import { openReportWorker } from '../../../src/workers/reports/report-worker.js';
import { waitFor } from '../../support/programs/wait-for.js';
import type { ReportApp } from '../../support/servers/report-app.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { silentLog } from '../../support/stage/silent-log.js';
import { query } from '../../support/stage/tables.js';

let stage: Stage;
let process: Booted;
let failing: ReportApp;
beforeAll(async () => {
  stage = await setStage();
  failing = await stage.app({ answer: () => ({ status: 503 }) });
  const env = {
    GMP_API_TOKEN: 'test-admin-token',
    GMP_ENCRYPTION_KEY: Buffer.alloc(32, 'key').toString('base64'),
    // The tenants name the application themselves, and it runs on loopback.
    GMP_PRIVATE_NETWORKS: 'allow',
  };
  const config = readConfig({ GMP_DB_PATH: stage.database.path, GMP_REDIS_URL: stage.redis.url, ...env });
  process = await boot(config, silentLog);
});
afterAll(async () => {
  await process.close();
});

/** A tenant whose message's end is to be reported to the application that fails. */
async function addOwed(id: string): Promise<void> {
  const statements = [
    `INSERT INTO tenants (id, client_base_url, created_at, updated_at) VALUES ('${id}', '${failing.url}', 1, 1)`,
    `INSERT INTO messages (pk, tenant_id, id, revision, priority, status, due_at, created_at, updated_at)
      VALUES ('${id}', '${id}', 'm', '${id}', 2, 'sent', 1, 1, 1)`,
    `INSERT INTO events (tenant_id, message_pk, message_id, type, at) VALUES ('${id}', '${id}', 'm', 'sent', 1)`,
  ];
  for (const statement of statements) await query(stage.database, statement);
}

/** Has the report tried until it has failed that many times. @returns the job, waiting for its next try */
async function failTimes(count: number) {
  for (let tried = 1; ; tried++) {
    const job = await waitFor(`failure ${tried}`, async () => {
      const [waiting] = await process.ctx.queues.report.getDelayed();
      return waiting?.attemptsMade === tried && waiting;
    });
    if (tried === count) return job;
    await promoteAllReports(process.ctx);
  }
}

async function work(ctx: Context): Promise<void> {
  const worker = openReportWorker(ctx, openInFlight());
  onTestFinished(async () => {
    await worker.close();
    await ctx.queues.report.obliterate({ force: true });
  });
}

test('of the failures of an application that fails for long no stacks pile up in Redis', async () => {
  await addOwed('stacks');
  await work(process.ctx);
  process.ctx.enqueueReport('stacks');
  const { stacktrace, failedReason } = await failTimes(4);
  expect({ stacktrace, failedReason }).toEqual({ stacktrace: [], failedReason: 'HTTP 503' });
});

test.each([
  ['the claim fails', 'write'],
  ['what is to be told cannot be read', 'read'],
] as const)(
  'while the database is away a report waits a second, and its application begins anew after that: %s',
  async (_what, part) => {
    const { db } = process.ctx;
    let isAway = true;
    const away = () => Promise.reject(new Error('database is locked'));
    const transaction: Transaction = (statements) =>
      isAway && part === 'write' ? away() : db.transaction(statements);
    const query: Query = (statement) => (isAway && part === 'read' ? away() : db.query(statement));
    const read = new Proxy(db.read, {
      get: (target, name) => (isAway && part === 'read' ? away : Reflect.get(target, name)),
    });
    await addOwed(part);
    await work({ ...process.ctx, db: { ...db, read, query, transaction } });
    process.ctx.enqueueReport(part);
    const last = await failTimes(6);
    expect([last.failedReason, last.delay <= 2000]).toEqual(['database is locked', true]);
    isAway = false;
    await promoteAllReports(process.ctx);
    const refused = await waitFor('the application to refuse', async () => {
      const [waiting] = await process.ctx.queues.report.getDelayed();
      return waiting?.attemptsMade === 7 && waiting;
    });
    expect([refused.failedReason, refused.delay <= 1100]).toEqual(['HTTP 503', true]);
  },
);

test('a fault of our own is not tried every second', async () => {
  const { db } = process.ctx;
  const transaction: Transaction = () => Promise.reject(new Error('no such column'));
  await addOwed('fault');
  await work({ ...process.ctx, db: { ...db, transaction } });
  process.ctx.enqueueReport('fault');
  const { failedReason, delay } = await failTimes(5);
  expect([failedReason, delay > 14_000]).toEqual(['no such column', true]);
});

test('a database that is away when a report is to be signed is no refusal of the application', async () => {
  const poster = openPoster(process.ctx);
  onTestFinished(poster.close);
  const target = { url: failing.url, auth: { method: 'none' } as const, isTrusted: true, shared: false };
  const away = () => Promise.reject(new Error('database is locked'));
  const posted = poster.post(target, { tenantId: 'any', entries: [] }, away, new AbortController().signal);
  await expect(posted).rejects.toThrow('database is locked');
});

test('while another process reports to an application a report waits a second, and no longer each time', async () => {
  await addOwed('busy');
  await query(
    stage.database,
    "UPDATE tenants SET report_lease_owner = 'other', report_lease_until = 9000000000000 WHERE id = 'busy'",
  );
  await query(
    stage.database,
    `INSERT INTO processes (id, host, pid, roles, version, started_at, heartbeat_at) VALUES ('other', 'h', 1, 'worker', '1', 1, 1)`,
  );
  await work(process.ctx);
  process.ctx.enqueueReport('busy');
  const { failedReason, delay } = await failTimes(5);
  expect([failedReason, delay <= 2000]).toEqual(['another process reports to the application', true]);
});
