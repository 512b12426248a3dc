// The BullMQ worker of the bounce queue: its jobs have mailboxes read, by sessions that outlast the job.
import { type Job, Worker } from 'bullmq';
import { openMailboxSessions } from '../../bounce/mailbox/mailbox-sessions.js';
import type { BounceJob } from '../../queue/jobs.js';
import { scheduleMailboxes, scheduleMailboxesJob } from '../../queue/mailbox-jobs.js';
import { bounceQueueName } from '../../queue/queues.js';
import { listMailboxes } from '../../store/bounce-mailboxes/find-mailbox.js';
import type { WorkersContext } from '../context.js';
import { workerOptions } from '../worker-options.js';

/** A job only begins a session. */
const jobsAtOnce = 10;

/** A job that fails is not retried, because its schedule brings the next one. */
export function openBounceWorker(ctx: WorkersContext): { close(): Promise<void> } {
  const sessions = openMailboxSessions(ctx);
  const worker = new Worker<BounceJob>(bounceQueueName, run, {
    ...workerOptions(ctx),
    concurrency: jobsAtOnce,
  });
  worker.on('error', (error) =>
    ctx.log.debug({ event: 'queue.worker_fault', err: error }, 'The worker of mailboxes met a fault'),
  );
  worker.on('failed', (_job, error) =>
    ctx.log.error({ event: 'mailbox.job_failed', err: error }, 'Mailboxes were not read; the next job does'),
  );

  async function run({ name, data: { mailbox } }: Job<BounceJob>): Promise<void> {
    if (mailbox !== undefined) await sessions.read(mailbox);
    if (name === scheduleMailboxesJob) await scheduleMailboxes(ctx, await listMailboxes(ctx));
  }

  return {
    async close() {
      await Promise.all([worker.close(), sessions.close()]);
    },
  };
}
