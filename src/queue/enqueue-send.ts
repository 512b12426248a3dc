// Queues messages that were just stored, without the caller waiting for Redis.

import { batch } from '../concurrency/batch.js';
import { priorities } from '../domain/priority.js';
import { reasonOf } from '../errors.js';
import { addSendJobs } from './add-send-jobs.js';
import type { Needs } from './context.js';
import type { EnqueueSend, Sendable } from './jobs.js';
import { isRestored } from './redis/marker.js';

type EnqueueNeeds = Needs<'queues' | 'redis' | 'clock' | 'config' | 'log'>;

/** How long new messages wait for the restore after Redis lost its data. Later the sweep finds them. */
const restoredWithinMs = 3000;

const maxMessagesPerRun = 1000;

/** Bounds the memory of calls that a hanging Redis does not answer: some 20 MB. */
const maxUnansweredMessages = 50_000;

/** Calls of the same moment share their commands to Redis, which are at least four for each call otherwise. */
export function openEnqueueSend(ctx: EnqueueNeeds, maxUnanswered = maxUnansweredMessages): EnqueueSend {
  const usual = openLane(ctx, maxUnanswered);
  // Immediate messages have a lane of their own, so that they do not wait for messages accepted before them.
  const urgent = openLane(ctx, maxUnanswered);
  return (messages) => {
    urgent(messages.filter(({ priority }) => priority === priorities.immediate));
    usual(messages.filter(({ priority }) => priority !== priorities.immediate));
  };
}

function openLane(ctx: EnqueueNeeds, maxUnanswered: number): EnqueueSend {
  const add = batch({
    clock: ctx.clock,
    run: async (calls: Sendable[][]) => {
      await enqueue(ctx, calls.flat());
      return calls.map(() => undefined);
    },
    most: maxMessagesPerRun,
    weigh: (call) => call.length,
    lingerMs: 1,
  });
  let unanswered = 0;
  return (messages) => {
    const count = messages.length;
    // While Redis is away, its client would keep commands in memory.
    if (count === 0 || ctx.redis.status !== 'ready') return;
    if (unanswered > 0 && unanswered + count > maxUnanswered) {
      const facts = { event: 'queue.redis_hangs', messages: count };
      ctx.log.debug(facts, 'Redis does not answer; the sweep will queue these messages');
      return;
    }
    unanswered += count;
    void add(messages).finally(() => {
      unanswered -= count;
    });
  };
}

async function enqueue(ctx: EnqueueNeeds, messages: Sendable[]): Promise<void> {
  try {
    if (await isRestored(ctx, restoredWithinMs)) await addSendJobs(ctx, messages);
  } catch (error) {
    const facts = { event: 'queue.add_failed', reason: reasonOf(error) };
    ctx.log.warn(facts, 'Messages could not be queued; the sweep will queue them');
  }
}
