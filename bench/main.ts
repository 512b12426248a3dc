// Measures how fast the service accepts, delivers and reports on this machine: one process, one account, 2 KB messages.
// Options: --messages N (3000), --rounds N (3), --database sqlite|postgresql (sqlite), --each 1|100 (both),
// --set GMP_NAME=value
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Program, startProgram } from '../test/support/programs/program.js';
import { tempFolder } from '../test/support/programs/temp-folder.js';
import { startPostgres } from '../test/support/servers/postgres.js';
import { startRedis } from '../test/support/servers/redis.js';
import { type Counts, type FarSide, latencies, round } from './rounds.js';
import { startFarSide } from './start-far-side.js';

const { values: options } = parseArgs({
  options: {
    messages: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '3' },
    database: { type: 'string', default: 'sqlite' },
    each: { type: 'string' },
    set: { type: 'string', multiple: true, default: [] },
  },
});

const folder = await tempFolder('mail-proxy-bench-');
const redis = await startRedis({ appendonly: true });
const postgres = options.database === 'postgresql' ? await startPostgres({ durable: true }) : undefined;
const far = await startFarSide();
let service: Program | undefined;
try {
  service = await startProgram({
    GMP_DB_PATH: postgres ? await postgres.createDatabase('bench') : join(folder.path, 'mail_service.db'),
    GMP_REDIS_URL: redis.url,
    GMP_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    GMP_LOG_LEVEL: 'warn',
    // Postfix has the same in the comparison: default_destination_concurrency_limit = 50.
    GMP_MAX_CONCURRENT_PER_ACCOUNT: '50',
    ...Object.fromEntries(options.set.map((pair) => pair.split(/=(.*)/s).slice(0, 2))),
  });
  await service.api('POST', '/tenant', { id: 'bench', client_base_url: far.reportUrl });
  await addAccount(service, 'main');
  await measure(service, { counts: (question) => far.ask<Counts>(question ?? 'counts') });
} finally {
  await service?.term();
  far.end();
  await Promise.all([redis.stop(), postgres?.stop()]);
  await folder.remove();
}

async function measure(running: Program, farSide: FarSide): Promise<void> {
  const total = Number(options.messages);
  for (let n = 1; n <= Number(options.rounds); n++) {
    for (const shape of [
      { name: `hundreds-${n}`, total, each: 100, clients: 4 },
      { name: `singles-${n}`, total, each: 1, clients: 20 },
    ]) {
      if (options.each !== undefined && Number(options.each) !== shape.each) continue;
      const result = await round(running, farSide, shape);
      console.log(
        `${options.database} POSTs of ${shape.each} by ${shape.clients} clients: ` +
          `accepted/s ${result.accepted} delivered/s ${result.delivered} reported/s ${result.reported} CPU ${result.cpuMicros} us/message`,
      );
    }
  }
  const known = await latencies(running, farSide, 'urgent', 100, async () => 'main');
  console.log(`${options.database} POST to delivery when idle: p50 ${known[49]} ms, p95 ${known[94]} ms`);
  const fresh = await latencies(running, farSide, 'first', 50, (n) => addAccount(running, `new-${n}`));
  console.log(`${options.database} the first of a new account: p50 ${fresh[24]} ms, p95 ${fresh[47]} ms`);
}

async function addAccount(running: Program, id: string): Promise<string> {
  const account = { id, tenant_id: 'bench', host: '127.0.0.1', port: far.smtpPort, use_tls: false };
  await running.api('POST', '/account', account);
  return id;
}
