// Lays the whole path of a message for a test: a database and a Redis, and on demand services, mail servers, applications.
import { Redis } from 'ioredis';
import { type Service, type ServiceOptions, startService } from '../programs/service.js';
import { type RedisServer, startRedis } from '../servers/redis.js';
import { type ReportApp, type ReportAppOptions, startReportApp } from '../servers/report-app.js';
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from '../servers/smtp-sink.js';
import { type FreshDatabase, freshDatabase } from './databases.js';

export interface MailPath {
  readonly database: FreshDatabase;
  readonly redis: RedisServer;
  /** A service on this database and Redis; `env` comes on top, and an empty value unsets. */
  start(env?: Record<string, string>, options?: ServiceOptions): Promise<Service>;
  sink(options?: SmtpSinkOptions): Promise<SmtpSink>;
  app(options?: ReportAppOptions): Promise<ReportApp>;
  /** FLUSHALL: everything in Redis is gone, its connections stay. */
  emptyRedis(): Promise<void>;
  /** Ends all that was started, kills what still runs, and drops the database. */
  remove(): Promise<void>;
}

const SETTINGS = {
  GMP_ENCRYPTION_KEY: Buffer.alloc(32, 'key').toString('base64'),
  GMP_SWEEP_INTERVAL_SECONDS: '1',
  GMP_LOG_LEVEL: 'warn',
};

/** @param own a database the test brings along; it is dropped like a fresh one */
export async function layMailPath(own?: FreshDatabase): Promise<MailPath> {
  const [database, redis] = await Promise.all([own ?? freshDatabase(), startRedis()]);
  const ends: (() => Promise<unknown>)[] = [];
  const ending = <T>(thing: T, end: () => Promise<unknown>) => {
    ends.push(end);
    return thing;
  };
  return {
    database,
    redis,
    start: async (env = {}, options = {}) => {
      const set = { GMP_DB_PATH: database.path, GMP_REDIS_URL: redis.url, ...SETTINGS, ...env };
      const service = await startService(set, options);
      return ending(service, service.kill);
    },
    sink: async (options) => {
      const sink = await startSmtpSink(options);
      return ending(sink, sink.stop);
    },
    app: async (options) => {
      const app = await startReportApp(options);
      return ending(app, app.stop);
    },
    emptyRedis: async () => {
      const client = new Redis(redis.url);
      await client.flushall();
      client.disconnect();
    },
    remove: async () => {
      for (const end of ends.reverse()) await end();
      await redis.stop();
      await database.drop();
    },
  };
}
