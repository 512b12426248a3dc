// Queues messages that were just stored, without the caller waiting for Redis.

import { batch } from '../concurrency/batch.js';
import { openByteShares } from '../concurrency/byte-shares.js';
import { expiringMap } from '../concurrency/expiring-map.js';
import { priorities } from '../domain/priority.js';
import { reasonOf } from '../errors.js';
import { addSendJobs } from './add-send-jobs.js';
import type { Needs } from './context.js';
import type { EnqueueSend, Sendable } from './jobs.js';
import { isRestored } from './redis/marker.js';

type EnqueueNeeds = Needs<'queues' | 'redis' | 'wakes' | 'clock' | 'config' | 'log'>;

/** How long new messages wait for the restore after Redis lost its data. Later the sweep finds them. */
const restoredWithinMs = 3000;

const maxMessagesPerRun = 1000;

/**
 * Bounds the memory of calls that a hanging Redis does not answer: some 20 MB for immediate messages, and as much for all
 * others. One tenant alone may use half of it, so that its crowd does not leave another tenant's messages to the sweep.
 */
const maxUnansweredMessages = 50_000;

/** How long a lane without messages is kept. */
const keepMs = 60_000;

/** @param restored whether the queues are restored, which was asked when the messages came */
type Lane = (call: { messages: Sendable[]; restored: Promise<boolean> }) => Promise<void>;

/**
 * Each tenant has a lane, so that no tenant waits for another's messages, and one more for its immediate messages, which do
 * not wait for those accepted before them. Calls of the same moment share their commands to Redis, which are at least four
 * for each call otherwise.
 */
export function openEnqueueSend(ctx: EnqueueNeeds, maxUnanswered = maxUnansweredMessages): EnqueueSend {
  const lanes = expiringMap<Lane>(ctx.clock, keepMs);
  // A crowd of other messages must not leave an immediate one to the sweep. A message counts as one byte here.
  const immediate = openByteShares(maxUnanswered);
  const other = openByteShares(maxUnanswered);
  const askRestored = openRestoredCheck(ctx);

  function laneOf({ tenantId, priority }: Sendable): Lane {
    const name = priority === priorities.immediate ? `${tenantId} immediate` : tenantId;
    const known = lanes.get(name);
    if (known !== undefined) return known;
    const lane = openLane(ctx);
    lanes.set(name, lane);
    return lane;
  }

  return (messages) => {
    // While Redis is away, its client would keep commands in memory.
    if (ctx.redis.status !== 'ready') return;
    const byLane = new Map<Lane, [Sendable, ...Sendable[]]>();
    for (const message of messages) {
      const lane = laneOf(message);
      const some = byLane.get(lane);
      if (some === undefined) byLane.set(lane, [message]);
      else some.push(message);
    }
    for (const [lane, some] of byLane) {
      const [{ tenantId, priority }] = some;
      const unanswered = priority === priorities.immediate ? immediate : other;
      const held = { owner: tenantId, bytes: 0 };
      if (unanswered.find(held, some.length, false) !== 'room') {
        const facts = { event: 'queue.redis_hangs', tenant: tenantId, messages: some.length };
        ctx.log.debug(facts, 'Redis does not answer; the sweep will queue these messages');
        continue;
      }
      unanswered.use(held, some.length);
      void lane({ messages: some, restored: askRestored() }).finally(() => unanswered.remove(held));
    }
  };
}

function openLane(ctx: EnqueueNeeds): Lane {
  return batch({
    clock: ctx.clock,
    run: async (calls: Parameters<Lane>[0][]) => {
      const messages = calls.flatMap((call) => call.messages);
      await enqueue(
        ctx,
        messages,
        calls.map(({ restored }) => restored),
      );
      return calls.map(() => undefined);
    },
    most: maxMessagesPerRun,
    weigh: ({ messages }) => messages.length,
    lingerMs: 1,
  });
}

/**
 * Redis is asked before the lane runs, in a turn of the event loop that the messages spend waiting anyway, and once for all
 * calls of that turn.
 */
function openRestoredCheck(ctx: EnqueueNeeds): () => Promise<boolean> {
  let asked: Promise<boolean> | undefined;
  return () => {
    if (asked !== undefined) return asked;
    asked = isRestored(ctx, restoredWithinMs);
    // The lane handles the failure. This handler prevents an unhandled rejection until then.
    asked.catch(() => undefined);
    setImmediate(() => {
      asked = undefined;
    });
    return asked;
  };
}

async function enqueue(ctx: EnqueueNeeds, messages: Sendable[], restored: Promise<boolean>[]): Promise<void> {
  try {
    if ((await Promise.all(restored)).every(Boolean)) await addSendJobs(ctx, messages);
  } catch (error) {
    const facts = { event: 'queue.add_failed', reason: reasonOf(error) };
    ctx.log.warn(facts, 'Messages could not be queued; the sweep will queue them');
  }
}
