// Measures /metrics, /status, lists of 1,000 messages and searches for 50, with a million stored messages and 1,000 accounts.
// Run: npx tsx bench/million.ts [--database sqlite|postgresql] [--messages N]
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { termNumber } from '../src/domain/search-terms.js';
import { type Program, startProgram } from '../test/support/programs/program.js';
import { tempFolder } from '../test/support/programs/temp-folder.js';
import { startPostgres } from '../test/support/servers/postgres.js';
import { startRedis } from '../test/support/servers/redis.js';
import type { FreshDatabase } from '../test/support/stage/databases.js';
import { accounts, batches, fillMessages } from '../test/support/stage/fill-messages.js';
import { query } from '../test/support/stage/tables.js';
import { cpuMicros } from './rounds.js';

const { values: options } = parseArgs({
  options: {
    database: { type: 'string', default: 'sqlite' },
    messages: { type: 'string', default: '1000000' },
  },
});

const folder = await tempFolder('mail-proxy-million-');
const redis = await startRedis();
const postgres = options.database === 'postgresql' ? await startPostgres({ durable: true }) : undefined;
const database: Pick<FreshDatabase, 'path' | 'kind'> = postgres
  ? { kind: 'postgresql', path: await postgres.createDatabase('million') }
  : { kind: 'sqlite', path: join(folder.path, 'mail_service.db') };
const settings = {
  GMP_DB_PATH: database.path,
  GMP_REDIS_URL: redis.url,
  GMP_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  GMP_LOG_LEVEL: 'warn',
  GMP_START_ACTIVE: '0',
};
let service: Program | undefined;
try {
  service = await startProgram(settings);
  await addAccounts(service);
  await service.term();
  await fillMessages(database, { tenantId: 'bench', count: Number(options.messages) });
  await addTerms();
  if (postgres) await query(database, 'VACUUM ANALYZE');
  service = await startProgram(settings);
  await measure(service);
} finally {
  await service?.term();
  await Promise.all([redis.stop(), postgres?.stop()]);
  await folder.remove();
}

/** Each message has ten terms: one that all have, one of every second message, one that three have, and others of its own. */
async function addTerms(): Promise<void> {
  const count = Number(options.messages);
  const term = (word: string) => String(termNumber('bench', word));
  const of = `CAST(substr(pk, 4, 7) AS BIGINT)`;
  for (const [number, condition] of [
    [term('common'), 'true'],
    [term('half'), `${of} % 2 = 0`],
    [term('rare'), `${of} % ${Math.floor(count / 3)} = 5`],
    ...Array.from({ length: 7 }, (_, k) => [`${of} * 10 + ${k}`, 'true']),
  ])
    await query(
      database,
      `INSERT INTO message_terms (message_pk, term) SELECT pk, ${number} FROM messages WHERE ${condition}`,
    );
  await query(database, "UPDATE messages SET error = '450 4.2.1 Try later' WHERE status = 'deferred'");
  await query(database, "UPDATE messages SET error = '550 5.1.1 No such user' WHERE status = 'error'");
}

async function addAccounts(running: Program): Promise<void> {
  await running.api('POST', '/tenant', { id: 'bench', name: 'Bench' });
  for (let n = 0; n < 1000; n++) {
    const id = accounts[n] ?? `account-${n}`;
    await running.api('POST', '/account', { id, tenant_id: 'bench', host: '127.0.0.1', port: 2525 });
  }
}

async function measure(running: Program): Promise<void> {
  await time(running, '/metrics');
  await time(running, '/status');
  const [main, few] = accounts;
  const [half, seldom] = batches;
  for (const filter of [
    '',
    'include_history=1',
    'active_only=1',
    'status=error',
    'status=deferred',
    `account_id=${main}`,
    `account_id=${few}`,
    `batch_code=${half}`,
    `batch_code=${seldom}`,
    `batch_code=${half}&account_id=${few}&status=sent`,
    'since_ts=1500000000&status=pending',
  ])
    await time(running, `/messages?tenant_id=bench&${filter}`);
  for (const search of [
    'newest_first=1',
    'search=rare',
    'search=common',
    'search=common+half+rare',
    'search=common+half',
    'search=common+absent',
    'search=common&status=error',
    'error=try+later',
    'error=no+such+user',
    'error=absent',
  ])
    await time(running, `/messages?tenant_id=bench&limit=50&${search}`);
}

/** Makes the call twenty times, one after the other, and prints how long it took. */
async function time(running: Program, path: string): Promise<void> {
  const took: number[] = [];
  let characters = 0;
  const cpuBefore = cpuMicros(running.pid);
  for (let n = 0; n < 20; n++) {
    const startedAt = performance.now();
    const { status, body } = await running.api<unknown>('GET', path);
    took.push(performance.now() - startedAt);
    if (status !== 200) throw new Error(`${path}: ${status}`);
    characters = (typeof body === 'string' ? body : JSON.stringify(body)).length;
  }
  const cpu = ((cpuMicros(running.pid) - cpuBefore) / 20_000).toFixed(1);
  const first = Math.round(took[0] ?? 0);
  took.sort((a, b) => a - b);
  const [middle, last] = [took[10], took[19]].map((ms) => Math.round(ms ?? 0));
  console.log(
    `${database.kind} ${path}: first ${first} ms, middle ${middle} ms, slowest ${last} ms, ` +
      `CPU ${cpu} ms, ${characters} characters`,
  );
}
