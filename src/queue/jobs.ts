// The data and the ids of the jobs of each queue, and the functions that queue them.
import type { IQueueBackend, Queue } from 'bullmq';
import type { Owner } from '../domain/owner.js';

export interface SendJob {
  pk: string;
  revision: string;
}

export interface ReportJob {
  tenantId: string;
  /** `events`: there are events to report. `call`: the application is to be called, even without events. */
  occasion: (typeof occasions)[number];
  /** How many failures of this job do not count for its next pause, because a success followed them. */
  forgiven?: number;
}

export interface BounceJob {
  /** The mailbox that is to be read. */
  mailbox?: string;
}

export const occasions = ['events', 'call'] as const;

/** A tenant has at most one waiting report job of each occasion. */
export function dedupIdOf({ tenantId, occasion }: ReportJob): string {
  return `${occasion}.${tenantId}`;
}

/** Each attempt at each revision of a message has one job, however often it is queued. */
export function jobIdOf({ revision, attempts }: Pick<Sendable, 'revision' | 'attempts'>): string {
  return `${revision}-${attempts}`;
}

/** A queue without a connection of its own. */
export type JobQueue<T> = Queue<T, unknown, string, T, unknown, string, IQueueBackend>;

export interface Queues {
  /** Call this for each use and keep no reference: queues that are unused for a while are closed. */
  send(name: string): JobQueue<SendJob>;
  readonly report: JobQueue<ReportJob>;
  readonly sweep: JobQueue<unknown>;
  readonly retention: JobQueue<unknown>;
  readonly bounce: JobQueue<BounceJob>;
  close(): Promise<void>;
}

export interface Sendable extends Owner {
  pk: string;
  revision: string;
  priority: number;
  /** Attempts begun so far. They are part of the job's id, so that each attempt has a job of its own. */
  attempts: number;
  /** Milliseconds since the epoch. */
  dueAt: number;
}

/**
 * Never fails, and nothing waits for it. Messages that do not reach the queue, because Redis is away or the process ends,
 * are found by the sweep. A message that is already queued is not queued twice, because its job has the same id.
 */
export type EnqueueSend = (messages: Sendable[]) => void;

export interface EnqueueReport {
  /** The tenant has events to report. Returns at once; the sweep finds events whose report was not queued. */
  (tenantId: string): void;
  /** Calls the tenant's application, even without events, if a call is due when the job runs. */
  call(tenantId: string, afterMs?: number): void;
  close(): void;
}
