// Measures whether sending goes on while old messages are removed: 200 messages a second, with none and with a million
// to remove.
// Run: npx tsx bench/retention.ts [--database sqlite|postgresql] [--messages N] [--rate N] [--seconds N] [--body N]
import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Program, startProgram } from '../test/support/programs/program.js';
import { tempFolder } from '../test/support/programs/temp-folder.js';
import { startPostgres } from '../test/support/servers/postgres.js';
import { startRedis } from '../test/support/servers/redis.js';
import type { FreshDatabase } from '../test/support/stage/databases.js';
import { fillMessages } from '../test/support/stage/fill-messages.js';
import { query } from '../test/support/stage/tables.js';
import { cpuMicros } from './rounds.js';
import { startFarSide } from './start-far-side.js';

const { values: options } = parseArgs({
  options: {
    database: { type: 'string', default: 'sqlite' },
    messages: { type: 'string', default: '1000000' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '30' },
    body: { type: 'string', default: '2000' },
  },
});
const [seconds, rate] = [Number(options.seconds), Number(options.rate)];
const olderThanSeconds = 86_400;
/** Messages in one call; a call is made every 25 ms at the default rate. */
const each = 5;
const everyMs = (each / rate) * 1000;
const body = 'x'.repeat(76).concat('\r\n').repeat(26);

const folder = await tempFolder('mail-proxy-retention-');
const redis = await startRedis({ appendonly: true });
const postgres = options.database === 'postgresql' ? await startPostgres({ durable: true }) : undefined;
const database: Pick<FreshDatabase, 'path' | 'kind'> = postgres
  ? { kind: 'postgresql', path: await postgres.createDatabase('retention') }
  : { kind: 'sqlite', path: join(folder.path, 'mail_service.db') };
const settings = {
  GMP_DB_PATH: database.path,
  GMP_REDIS_URL: redis.url,
  GMP_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  GMP_LOG_LEVEL: 'warn',
  // So long that only `cleanup-messages` removes, once the service has run for a while.
  GMP_DELIVERY_REPORT_RETENTION_SECONDS: '315360000',
};
const far = await startFarSide();
let service: Program | undefined;
let removedAt = 0;
try {
  service = await startProgram(settings);
  await service.api('POST', '/tenant', { id: 'bench', client_base_url: far.reportUrl });
  const account = { id: 'main', tenant_id: 'bench', host: '127.0.0.1', port: far.smtpPort, use_tls: false };
  await service.api('POST', '/account', account);
  await service.term();
  await fillOld(Number(options.messages));

  service = await startProgram(settings);
  await send(service, 'warming up', 10);
  await send(service, 'nothing to remove', seconds);
  const beganAt = Date.now();
  let removing = true;
  const removal = removeAll(service).finally(() => {
    removing = false;
  });
  while (removing) await send(service, 'removing', seconds);
  const removed = await removal;
  console.log(
    `${options.database}: ${removed} removed, the last after ${Math.round((removedAt - beganAt) / 1000)} s`,
  );
} finally {
  await service?.term();
  far.end();
  await Promise.all([redis.stop(), postgres?.stop()]);
  await folder.remove();
}

/** Stores messages that were sent and reported longer ago than `olderThanSeconds`. */
async function fillOld(count: number): Promise<void> {
  await fillMessages(database, { tenantId: 'bench', count, body: Number(options.body) });
  const at = Date.now() - 2 * olderThanSeconds * 1000;
  for (const statement of [
    `UPDATE messages SET status = 'sent', next_sweep_at = NULL, sent_at = ${at}, reported_at = ${at}, attempts = 1`,
    `INSERT INTO events (tenant_id, message_pk, message_id, type, at, reported_at)
     SELECT tenant_id, pk, id, 'sent', ${at}, ${at} FROM messages`,
    postgres ? 'VACUUM ANALYZE' : 'PRAGMA wal_checkpoint(TRUNCATE)',
  ])
    await query(database, statement);
}

/** Repeats the call when it takes longer than a client waits. @returns how many messages were removed */
async function removeAll(running: Program): Promise<number> {
  const count = async () => Number((await query(database, counting))[0]?.n);
  const counting = "SELECT COUNT(*) AS n FROM messages WHERE id LIKE 'filled-%'";
  const before = await count();
  const path = '/commands/cleanup-messages?tenant_id=bench';
  const ask = () =>
    running.api('POST', path, { older_than_seconds: olderThanSeconds }, { timeoutMs: 240_000 });
  for (;;) {
    const answer = await ask().catch(() => undefined);
    if (answer?.status === 200) break;
  }
  removedAt = Date.now();
  return before - (await count());
}

/** Sends at an even rate. Prints the gaps between arrivals, and the times from POST to arrival at the mail server. */
async function send(running: Program, name: string, lasting: number): Promise<void> {
  await far.ask('reset');
  const cpuBefore = cpuMicros(running.pid);
  const began = Date.now();
  const calls: Promise<unknown>[] = [];
  const count = Math.round((lasting * rate) / each);
  let lateMs = 0;
  for (let n = 0; n < count; n++) {
    lateMs = Math.max(lateMs, Date.now() - began - n * everyMs);
    calls.push(running.api('POST', '/commands/add-messages', { messages: messages(n) }));
    const pauseMs = began + (n + 1) * everyMs - Date.now();
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  await Promise.all(calls);
  const all = count * each;
  let arrivals = await far.ask<Arrivals>('times');
  for (const patience = Date.now() + 60_000; arrivals.delivered < all && Date.now() < patience; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    arrivals = await far.ask<Arrivals>('times');
  }
  const tookSeconds = (arrivals.lastDeliveryAt - began) / 1000;
  const cpu = (cpuMicros(running.pid) - cpuBefore) / 1e6 / tookSeconds;
  const over = arrivals.gaps.filter((gap) => gap > 100).length;
  console.log(
    `${options.database} ${name}: ${arrivals.delivered} of ${all} at ${Math.round(arrivals.delivered / tookSeconds)}/s; ` +
      `between two arrivals ${quantiles(arrivals.gaps)}, over 100 ms: ${over}; from POST to arrival ${quantiles(arrivals.took)}; ` +
      `CPU ${cpu.toFixed(2)}, load ${loadavg()[0]?.toFixed(1)}, posted up to ${Math.round(lateMs)} ms late, the mail server's own pauses up to ${arrivals.late} ms`,
  );
}

function messages(n: number): Record<string, unknown>[] {
  return Array.from({ length: each }, (_, i) => ({
    id: `m-${n}-${i}-${Date.now()}`,
    tenant_id: 'bench',
    account_id: 'main',
    from: 'from@example.com',
    to: 'to@example.org',
    subject: 'Subject',
    body,
  }));
}

function quantiles(values: number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)];
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, longest ${at(1)} ms`;
}

interface Arrivals {
  delivered: number;
  lastDeliveryAt: number;
  gaps: number[];
  took: number[];
  late: number;
}
