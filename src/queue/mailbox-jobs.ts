// The jobs that have mailboxes for bounces read: one job scheduler for each mailbox, and one that keeps these up to date.
import { createHash } from 'node:crypto';
import type { Needs } from './context.js';

/** The job that has BullMQ's schedulers agree with the settings of all mailboxes. */
export const scheduleMailboxesJob = 'schedule-mailboxes';
const scheduleEveryMs = 60_000;

/** The job that has a mailbox read. */
const readJob = 'read';

/** A mailbox that is to be read. */
interface ScheduledMailbox {
  id: string;
  pollIntervalSeconds: number;
}

/** Its first run is at once. */
export async function keepMailboxesScheduled({ queues }: Needs<'queues'>): Promise<void> {
  const every = { every: scheduleEveryMs };
  await queues.bounce.upsertJobScheduler(scheduleMailboxesJob, every, { name: scheduleMailboxesJob });
}

/** Gives each mailbox its scheduler, and removes those of mailboxes that are no longer read. */
export async function scheduleMailboxes(
  { queues }: Needs<'queues'>,
  mailboxes: readonly ScheduledMailbox[],
): Promise<void> {
  const known = new Map((await queues.bounce.getJobSchedulers()).map(({ key, every }) => [key, every]));
  known.delete(scheduleMailboxesJob);
  for (const { id, pollIntervalSeconds } of mailboxes) {
    const key = schedulerOf(id);
    const every = pollIntervalSeconds * 1000;
    // A scheduler that is set again would begin its interval anew.
    if (known.get(key) !== every) {
      await queues.bounce.upsertJobScheduler(key, { every }, { name: readJob, data: { mailbox: id } });
    }
    known.delete(key);
  }
  await Promise.all([...known.keys()].map((key) => queues.bounce.removeJobScheduler(key)));
}

/** After the clock was set back, everything that is planned is planned anew. */
export async function unscheduleMailboxes({ queues }: Needs<'queues'>): Promise<void> {
  const known = await queues.bounce.getJobSchedulers();
  await Promise.all(known.map(({ key }) => queues.bounce.removeJobScheduler(key)));
}

/** Has the mailbox read at once, with its settings as they are now. */
export async function readMailboxNow(ctx: Needs<'queues' | 'redis'>, id: string): Promise<void> {
  if (ctx.redis.status !== 'ready') return;
  await ctx.queues.bounce.add(scheduleMailboxesJob, { mailbox: id });
}

/** A name without a colon, which BullMQ does not take. */
function schedulerOf(id: string): string {
  return `mailbox-${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;
}
