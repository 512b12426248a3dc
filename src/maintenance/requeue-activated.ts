// Puts what was activated back on its queues, in the order in which it is to leave.
import type { Needs } from '../queue/context.js';
import { enqueueFound } from '../queue/enqueue-send.js';
import { wakeActivated } from '../queue/wake-owners.js';
import { type Activation, endActivation, findActivations } from '../store/schedule/activations.js';
import { type ActivationCursor, takeActivated } from '../store/schedule/parked.js';

type ActivatedNeeds = Needs<'db' | 'clock' | 'config' | 'redis' | 'queues' | 'log'>;

/**
 * A page of each activation in turn, so that none waits for another to be through; also those that are made meanwhile.
 * @returns how many messages were not in their cursor on a queue
 */
export async function queueActivated(
  ctx: ActivatedNeeds,
  page: { size: number; sweepAgainMs: number },
): Promise<number> {
  const cursors = new Map<string, ActivationCursor>();
  let queued = 0;
  for (;;) {
    const activations = await findActivations(ctx);
    if (activations.length === 0 || ctx.redis.status !== 'ready') return queued;
    for (const activation of activations) queued += await queuePage(ctx, activation, page, cursors);
  }
}

async function queuePage(
  ctx: ActivatedNeeds,
  activation: Activation,
  page: { size: number; sweepAgainMs: number },
  cursors: Map<string, ActivationCursor>,
): Promise<number> {
  const after = cursors.get(activation.id);
  const { open, cursor } = await takeActivated(ctx, activation, { ...page, after });
  const queued = await enqueueFound(ctx, open);
  // Most of it, or all, is still on its queues; what is not has its first page there.
  if (after === undefined) await wakeActivated(ctx, activation.tenantId);
  if (cursor === undefined) await endActivation(ctx, activation);
  else cursors.set(activation.id, cursor);
  return queued;
}
