// Sets the stage for a test: a database and a place in Redis, and on demand services, mail servers, applications.
import { systemClock } from '../../../src/clock.js';
import { type Program, type ProgramOptions, startProgram } from '../programs/program.js';
import { bootService, type Service } from '../programs/service.js';
import { emptyRedis, type RedisServer, redisDatabase } from '../servers/redis.js';
import { type ReportApp, type ReportAppOptions, startReportApp } from '../servers/report-app.js';
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from '../servers/smtp-sink.js';
import { type FreshDatabase, freshDatabase } from './databases.js';

export interface Stage {
  readonly database: FreshDatabase;
  readonly redis: { url: string };
  /** The service in this process; `env` comes on top, and an empty value unsets. */
  service(env?: Record<string, string>): Promise<Service>;
  /** The built program, for what is killed, frozen, has its clock set, or must be a process of its own. */
  program(env?: Record<string, string>, options?: ProgramOptions): Promise<Program>;
  sink(options?: SmtpSinkOptions): Promise<SmtpSink>;
  app(options?: ReportAppOptions): Promise<ReportApp>;
  /** Everything that this stage has in Redis is gone; its connections stay. */
  emptyRedis(): Promise<void>;
  /** Ends everything that was started, and drops the database; a second call does nothing more. */
  remove(): Promise<void>;
}

/** A send that still hangs at the end of a test holds up its removal for no longer. */
const longestStopMs = 2000;

const SETTINGS = {
  GMP_ENCRYPTION_KEY: Buffer.alloc(32, 'key').toString('base64'),
  GMP_SWEEP_INTERVAL_SECONDS: '1',
  GMP_LOG_LEVEL: 'warn',
};

/** What a test brings along instead of the stage's own. */
interface Own {
  /** Dropped with the stage. */
  database?: FreshDatabase;
  /** For a test that kills, freezes or configures the server: `startRedis()`. Stopped with the stage. */
  redis?: RedisServer;
}

/**
 * Sets the stage of a test. Everything on it ends with the test, or with the file when a beforeAll hook sets it. Tests that
 * run concurrently use `openStage`, because vitest cannot tell them apart.
 */
export async function setStage(own: Own = {}): Promise<Stage> {
  const stage = await openStage(own);
  // Imported here because vitest cannot be imported by a benchmark.
  const { removeAtEnd } = await import('./clean-up.js');
  removeAtEnd(stage.remove);
  return stage;
}

/** A stage without a test: the caller removes it. */
export async function openStage(own: Own = {}): Promise<Stage> {
  const [database, redis] = await Promise.all([
    own.database ?? freshDatabase(),
    own.redis ?? redisDatabase(),
  ]);
  const services: (() => Promise<unknown>)[] = [];
  const farSides: (() => Promise<unknown>)[] = [];
  const ending = <T>(ends: typeof services, thing: T, end: () => Promise<unknown>) => {
    ends.push(end);
    return thing;
  };
  let removed: Promise<void> | undefined;
  const remove = () => {
    removed ??= removeAll();
    return removed;
  };
  const removeAll = async () => {
    // The far sides first, so that a service does not wait for an answer that never comes.
    for (const ends of [farSides, services]) await Promise.all(ends.map((end) => end()));
    await redis.stop();
    await database.drop();
  };
  const settings = { GMP_DB_PATH: database.path, GMP_REDIS_URL: redis.url, ...SETTINGS };
  return {
    database,
    redis,
    service: async (env = {}) => {
      const service = await bootService({ ...settings, ...env });
      return ending(services, service, () =>
        Promise.race([service.term(), systemClock.sleep(longestStopMs)]),
      );
    },
    program: async (env = {}, options = {}) => {
      const program = await startProgram({ ...settings, ...env }, options);
      return ending(services, program, program.kill);
    },
    sink: async (options) => {
      const sink = await startSmtpSink(options);
      return ending(farSides, sink, sink.stop);
    },
    app: async (options) => {
      const app = await startReportApp(options);
      return ending(farSides, app, app.stop);
    },
    emptyRedis: () => emptyRedis(redis.url),
    remove,
  };
}
