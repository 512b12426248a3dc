// The parts of a process that know neither database, Redis nor mail. Each room adds its part in a context.ts of its own,
// and boot.ts puts all parts together. Types only.
import type { Clock } from './clock.js';
import type { Config } from './config.js';
import type { Logger } from './log.js';
import type { Memory } from './memory.js';
import type { Metrics } from './metrics.js';
import type { Secrets } from './secrets.js';

export interface GroundContext {
  config: Config;
  clock: Clock;
  log: Logger;
  metrics: Metrics;
  secrets: Secrets;
  /** Bounds the memory for payloads. */
  memory: Memory;
  /** ULID of this start of this process. A claim on a message carries it. */
  processId: string;
}

/** The slice of the ground that a function needs. */
export type Needs<K extends keyof GroundContext> = Pick<GroundContext, K>;
