// What a running process holds open. Functions take the slice they need: Needs<'db' | 'clock'>. Types only.
import type { Redis } from 'ioredis';
import type { Clock } from './clock.js';
import type { InTurn } from './concurrency/yield-budget.js';
import type { Config } from './config.js';
import type { Logger } from './log.js';
import type { Metrics } from './metrics.js';
import type { EnqueueReport } from './queue/enqueue-report.js';
import type { EnqueueSend } from './queue/enqueue-send.js';
import type { Queues } from './queue/queues.js';
import type { ReportHandler } from './report/handler.js';
import type { Secrets } from './secrets.js';
import type { Transport } from './send/smtp/transport.js';
import type { Db } from './store/db/open.js';
import type { CommandLog } from './store/instance/command-log.js';
import type { SendClock } from './store/limits/send-clock.js';
import type { Batched } from './store/messages/batched.js';
import type { TokenUse } from './store/tenants/token-use.js';

export interface Context {
  config: Config;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  secrets: Secrets;
  /** This start of this process; a claim on a message carries it. */
  processId: string;
  db: Db;
  /** The time line that limits are counted on. */
  sendClock: SendClock;
  /** The steps of many messages at once, a statement each. */
  batched: Batched;
  tokenUse: TokenUse;
  commandLog: CommandLog;
  /** For commands; blocking commands get connections of their own. */
  redis: Redis;
  queues: Queues;
  enqueueSend: EnqueueSend;
  enqueueReport: EnqueueReport;
  /** In place of any endpoint, where GMP_REPORT_HANDLER names one. */
  reportHandler: ReportHandler | undefined;
  /** Building mails, characters in a turn of the event loop. */
  buildBudget: InTurn;
  transport: Transport;
}

export type Needs<K extends keyof Context> = Pick<Context, K>;
