// Queues the messages of activated tenants and batches again, in the order in which they are to leave.
import { addMissingSendJobs } from '../queue/add-send-jobs.js';
import type { Needs } from '../queue/context.js';
import { wakeActivated } from '../queue/wake-owners.js';
import { type Activation, endActivation, findActivations } from '../store/schedule/activations.js';
import { type ActivationCursor, takeActivated } from '../store/schedule/park-suspended.js';

type ActivatedNeeds = Needs<'db' | 'clock' | 'config' | 'redis' | 'wakes' | 'queues' | 'log'>;

/**
 * Takes a page of each activation in turn, so that no activation waits until another is complete. Activations made
 * meanwhile join in.
 * @param tenantId only activations of this tenant; default: all
 * @returns how many messages were not in their place on a queue
 */
export async function queueActivated(
  ctx: ActivatedNeeds,
  page: { size: number; sweepAgainMs: number },
  tenantId?: string,
): Promise<number> {
  const cursors = new Map<string, ActivationCursor>();
  let queued = 0;
  for (;;) {
    const all = await findActivations(ctx);
    const activations = all.filter((one) => tenantId === undefined || one.tenantId === tenantId);
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
  const queued = await addMissingSendJobs(ctx, open);
  // After the first page there is something to send. The other messages are queued already, or follow page by page.
  if (after === undefined) await wakeActivated(ctx, activation.tenantId);
  if (cursor === undefined) await endActivation(ctx, activation);
  else cursors.set(activation.id, cursor);
  return queued;
}
