// Opens everything a process holds open, in order, and closes it in reverse. The only file that builds the Context.
import { existsSync } from 'node:fs';
import { ulid } from 'ulid';
import type { ApiContext } from './api/context.js';
import { type Clock, systemClock } from './clock.js';
import { openYieldBudget } from './concurrency/yield-budget.js';
import type { Config } from './config.js';
import { Fault, reasonOf } from './errors.js';
import type { Logger } from './log.js';
import { openMemory } from './memory.js';
import { openMetrics } from './metrics.js';
import { openOffload } from './offload/open-offload.js';
import { openEnqueueReport } from './queue/enqueue-report.js';
import { openEnqueueSend } from './queue/enqueue-send.js';
import { openQueues, ownerOfQueue } from './queue/queues.js';
import { requireOwnRedis } from './queue/redis/claim-redis.js';
import { connectRedis } from './queue/redis/connect-redis.js';
import { requireRedisServer, startPrivateRedis } from './queue/redis/private-redis.js';
import { openRedisWatch } from './queue/redis/watch-redis.js';
import { openWakeChannel } from './queue/wake-channel.js';
import { loadReportHandler } from './report/handler.js';
import { openSecrets, readOrMakeKey } from './secrets.js';
import { openFetchOnce } from './send/attachments/fetch-once.js';
import { contentBytesPerTurn } from './send/attachments/load.js';
import { charactersPerTurn } from './send/run-attempt.js';
import { openTransport } from './send/smtp/transport.js';
import { openConnectionLedger } from './store/accounts/connection-ledger.js';
import { inspectDatabase, migrate } from './store/db/migrate.js';
import { databaseKind, openDatabase } from './store/db/open.js';
import { advanceEventIds } from './store/events/advance-ids.js';
import { openCommandLog } from './store/instance/command-log.js';
import { isAlone } from './store/instance/dead-processes.js';
import { registerProcess, removeProcess, sendHeartbeat } from './store/instance/heartbeat.js';
import { isInstalled, makeAdminToken, openInstance } from './store/instance/instance.js';
import { openSendClock } from './store/limits/send-clock.js';
import { accountScopeOf } from './store/limits/send-log.js';
import { testModeHolds } from './store/schedule/test-mode.js';
import { isActive, schedulerStopped, setActive } from './store/tenants/suspend.js';
import { openTokenUse } from './store/tenants/token-use.js';
import { version } from './version.js';
import type { WorkersContext } from './workers/context.js';

/** Everything a process holds open. Each room names its part in its context.ts. */
export type Context = ApiContext & WorkersContext;

export interface Booted {
  ctx: Context;
  /** The admin token that this start generated, to be shown once; undefined at later starts. */
  newAdminToken: Awaited<ReturnType<typeof makeAdminToken>>;
  close(): Promise<void>;
}

const heartbeatEveryMs = 5000;

type Closers = (() => unknown)[];

/**
 * Opens the Context. Settings, database and Redis are checked before anything is created. When a step fails, the steps
 * before it are closed again.
 * @throws Fault
 */
export async function boot(config: Config, log: Logger, clock = systemClock): Promise<Booted> {
  const closers: Closers = [];
  const close = () => closeInReverse(closers, log);
  try {
    checkTogether(config);
    const reportHandler = config.roles.includes('worker')
      ? await loadReportHandler({ config, clock })
      : undefined;
    const { redis, db } = await openStores({ config, clock, log }, closers);
    const base = {
      config,
      clock,
      log,
      db,
      redis,
      reportHandler,
      metrics: openMetrics(clock),
      memory: openMemory(clock, config),
      sendClock: await openSendClock({ db, clock }),
      processId: ulid(clock.now()),
      secrets: openSecrets(await findKey(config, db, clock), config.encryptionKeyPrevious),
    };
    const { instanceId, newAdminToken } = await joinInstance(base);
    await announceProcess(base, closers);
    return { ctx: openParts(base, instanceId, closers), newAdminToken, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function closeInReverse(closers: Closers, log: Logger): Promise<void> {
  for (const closer of closers.splice(0).reverse()) {
    try {
      await closer();
    } catch (error) {
      log.debug(
        { event: 'service.not_closed', reason: reasonOf(error) },
        'A part of the service could not be closed',
      );
    }
  }
}

/** Redis and the migrated database. The database is only inspected before Redis has answered. */
async function openStores(ctx: Pick<Context, 'config' | 'clock' | 'log'>, closers: Closers) {
  const { dbPath } = ctx.config;
  await inspectDatabase(dbPath);
  const redis = await connectRedis(await findRedis(ctx, closers));
  redis.on('error', (error) =>
    ctx.log.warn({ event: 'redis.fault', reason: reasonOf(error) }, 'The connection to Redis met a fault'),
  );
  closers.push(() => redis.disconnect());
  await migrate(dbPath);
  const db = await openDatabase(dbPath, ctx.clock);
  closers.push(() => db.close());
  return { redis, db };
}

type Base = Pick<
  Context,
  | 'config'
  | 'clock'
  | 'log'
  | 'db'
  | 'redis'
  | 'reportHandler'
  | 'metrics'
  | 'memory'
  | 'sendClock'
  | 'processId'
  | 'secrets'
>;

/** Makes the installation at its first start. Checks that Redis serves no other one. */
async function joinInstance(base: Base): Promise<Pick<Booted, 'newAdminToken'> & { instanceId: string }> {
  const { redisUrl, startActive } = base.config;
  const instanceId = await openInstance(base);
  await requireOwnRedis(base, instanceId, redisUrl === undefined);
  await advanceEventIds(base);
  const newAdminToken = await makeAdminToken(base);
  // GMP_START_ACTIVE counts for the first process alone, because an operator may have suspended sending since.
  if ((await isActive(base)) !== startActive && (await isAlone(base))) await setActive(base, startActive);
  if (!(await isActive(base))) base.log.warn({ event: 'scheduler.stopped' }, schedulerStopped);
  if (base.config.testMode) base.log.warn({ event: 'scheduler.test_mode' }, testModeHolds);
  return { instanceId, newAdminToken };
}

/** From now on the other processes know of this one. */
async function announceProcess(base: Base, closers: Closers): Promise<void> {
  await registerProcess(base, version);
  closers.push(() => removeProcess(base));
  closers.push(base.clock.every(heartbeatEveryMs, () => void tryHeartbeat(base)));
}

function openParts(base: Base, instanceId: string, closers: Closers): Context {
  const closing = <T extends { close(): unknown }>(part: T): T => {
    closers.push(() => part.close());
    return part;
  };
  const redisWatch = closing(openRedisWatch(base, instanceId));
  const tokenUse = closing(openTokenUse(base));
  const commandLog = closing(openCommandLog(base));
  const queues = closing(openQueues(base));
  const wakes = openWakeChannel(base);
  const enqueueReport = closing(openEnqueueReport({ ...base, queues }));
  const ledger = openConnectionLedger(base);
  const scopeOf = (queueName: string) => accountScopeOf(ownerOfQueue(queueName));
  const transport = closing(openTransport(base, { ledger, scopeOf }));
  return {
    ...base,
    redisWatch,
    tokenUse,
    commandLog,
    queues,
    wakes,
    enqueueSend: openEnqueueSend({ ...base, queues, wakes }),
    enqueueReport,
    buildBudget: openYieldBudget(charactersPerTurn),
    contentBudget: openYieldBudget(contentBytesPerTurn),
    transport,
    fetchAttachment: closing(openFetchOnce(base)).fetch,
    offload: closing(openOffload(base)),
    verifyAccount: transport.verify,
  };
}

/** Refuses settings that are each valid but do not go together. */
function checkTogether(config: Config): void {
  if ((config.dashboardUser === undefined) !== (config.dashboardPassword === undefined))
    throw new Fault('bad_settings', 'Set GMP_DASHBOARD_USER and GMP_DASHBOARD_PASSWORD together');
  if (databaseKind(config.dbPath) === 'sqlite') return;
  const missing = [
    ...(config.redisUrl === undefined ? ['GMP_REDIS_URL'] : []),
    ...(config.encryptionKey === undefined ? ['GMP_ENCRYPTION_KEY (openssl rand -base64 32)'] : []),
  ];
  if (missing.length === 0) return;
  throw new Fault('bad_settings', `With PostgreSQL in GMP_DB_PATH, set ${missing.join(' and ')} as well`);
}

async function findRedis(ctx: Pick<Context, 'config' | 'clock' | 'log'>, closers: Closers): Promise<string> {
  if (ctx.config.redisUrl !== undefined) return ctx.config.redisUrl;
  await requireRedisServer();
  const server = await startPrivateRedis(ctx, ctx.config.dbPath);
  closers.push(server.stop);
  return server.socket;
}

/** How long another process that starts at the same moment may take from making the key to installing the database. */
const installWaitMs = 5000;

/**
 * The encryption key of the settings, else of the file beside the SQLite file. Only the first start makes that file. A
 * database that is empty beside its key was probably copied without its `-wal` file, or lost.
 * @throws Fault `database_unavailable` when the database is empty and the key is there
 */
async function findKey(config: Config, db: Context['db'], clock: Clock): Promise<Buffer> {
  if (config.encryptionKey !== undefined) return config.encryptionKey;
  const file = `${config.dbPath}.key`;
  // Checked before the file is read, because every start makes the file before it installs the database.
  let installed = await isInstalled({ db });
  const until = clock.monotonic() + installWaitMs;
  while (!installed && existsSync(file) && !config.allowEmptyDatabase) {
    if (clock.monotonic() >= until) {
      const sentence =
        `GMP_DB_PATH ${config.dbPath} is empty, but ${file} of an earlier database is there: restore the database ` +
        '(docs/backup.md), or set GMP_ALLOW_EMPTY_DATABASE=1 to begin anew';
      throw new Fault('database_unavailable', sentence);
    }
    await clock.sleep(100);
    installed = await isInstalled({ db });
  }
  return readOrMakeKey(file, !installed);
}

/** A failed heartbeat is logged and made up for by the next. */
async function tryHeartbeat(ctx: Parameters<typeof sendHeartbeat>[0] & Pick<Context, 'log'>): Promise<void> {
  try {
    await sendHeartbeat(ctx, version);
  } catch (error) {
    ctx.log.warn({ event: 'heartbeat.failed', reason: reasonOf(error) }, 'A heartbeat could not be stored');
  }
}
