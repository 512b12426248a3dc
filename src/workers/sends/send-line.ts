// The queues that could send and wait for a slot, in the order in which they get one.
import { openFairOrder } from '../../concurrency/fair-order.js';
import type { QueueState } from './queue-state.js';
import type { SendSlots } from './send-slots.js';

export interface SendLine {
  /** Lines the queue up, or takes it out of line. */
  set(queue: Pick<QueueState, 'name' | 'owner' | 'isUrgent'>, isReady: boolean): void;
  /** The name of the queue that gets a slot now. It leaves the line; undefined: none may. */
  next(): string | undefined;
  /** Whether a slot that has served so many jobs of a queue may serve another one: others wait for it. */
  mayKeepSlot(queue: Pick<QueueState, 'owner'>, served: number): boolean;
}

/** How many jobs of a queue one slot serves in a row while other accounts of the tenant wait. */
const mostPerTurn = 10;

export function openSendLine(slots: Pick<SendSlots, 'hasRoom' | 'tenantHasRoom'>): SendLine {
  /** Queues whose next message may be an immediate one, and all others. */
  const urgent = openFairOrder();
  const usual = openFairOrder();
  return {
    set({ name, owner, isUrgent }, isReady) {
      urgent.set(owner.tenantId, name, isReady && isUrgent);
      usual.set(owner.tenantId, name, isReady && !isUrgent);
    },
    next() {
      if (!slots.hasRoom(true)) return undefined;
      // Immediate messages go first, and may also use the slots that are reserved for them.
      const first = urgent.next((tenantId) => slots.tenantHasRoom(tenantId, true));
      if (first !== undefined || !slots.hasRoom(false)) return first;
      return usual.next((tenantId) => slots.tenantHasRoom(tenantId, false));
    },
    // A few jobs in a row save fetches, and connections where the account has no idle one left at its next turn.
    mayKeepSlot({ owner }, served) {
      if (!urgent.isEmpty || usual.hasOther(owner.tenantId)) return false;
      return served < mostPerTurn || usual.isEmpty;
    },
  };
}
