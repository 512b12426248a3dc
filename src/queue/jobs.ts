// What stands in the jobs of each queue, and how a stage asks for one. Types, and the id of a report job.
import type { Queue } from 'bullmq';
import type { Owner } from '../domain/owner.js';

export interface SendJob {
  pk: string;
  revision: string;
}

export interface ReportJob {
  tenantId: string;
  /** There is something to tell, or it is time to call although there may be nothing. */
  occasion: (typeof occasions)[number];
  /** How many of the job's failures were followed by a success: they do not count for its next pause. */
  forgiven?: number;
}

export const occasions = ['events', 'call'] as const;

/** There is one job with this id at a time. */
export function dedupIdOf({ tenantId, occasion }: ReportJob): string {
  return `${occasion}.${tenantId}`;
}

export interface Queues {
  /** To be asked for at each use, not kept: queues that are not used for a while are closed. */
  send(name: string): Queue<SendJob>;
  readonly report: Queue<ReportJob>;
  readonly sweep: Queue;
  readonly retention: Queue;
  close(): Promise<void>;
}

export interface Sendable extends Owner {
  pk: string;
  revision: string;
  priority: number;
  /** Attempts begun so far: part of the job's id, so that each attempt has a job of its own. */
  attempts: number;
  dueAt: number;
}

/**
 * Never fails and is never waited for: what does not reach the queue, because Redis is away or hangs, or the process
 * ends, is found by the sweep. A message that is already queued is not queued twice, for its job has the same id.
 */
export type EnqueueSend = (messages: Sendable[]) => void;

export interface EnqueueReport {
  /** Something of this tenant's is to be reported. Returns at once; a report that is not asked for is found by the sweep. */
  (tenantId: string): void;
  /** Its application is to be called though there may be nothing to tell; if it is not due by then, it is not. */
  call(tenantId: string, afterMs?: number): void;
  close(): void;
}
