// Spreads work that keeps the process busy over turns of the event loop, so that urgent work waits for little of it.

/**
 * Resolves when the caller may do its work, in this turn of the event loop or a later one.
 * @param weight how much work it is, in the unit of the budget
 * @param isUrgent whether the caller precedes all callers that wait
 */
export type YieldBudget = (weight: number, isUrgent: boolean) => Promise<void>;

interface QueuedWork {
  weight: number;
  start(): void;
}

/** @param perTurn how much work starts in one turn of the event loop; at least one piece does, however heavy */
export function openYieldBudget(perTurn: number): YieldBudget {
  const urgent: QueuedWork[] = [];
  const usual: QueuedWork[] = [];
  let left = perTurn;
  let isRefillPlanned = false;

  function startWork(): void {
    for (let next = takeNext(); next; next = takeNext()) {
      left -= next.weight;
      next.start();
    }
    if (isRefillPlanned || left === perTurn) return;
    isRefillPlanned = true;
    setImmediate(refill);
  }

  function refill(): void {
    isRefillPlanned = false;
    left = perTurn;
    startWork();
  }

  const takeNext = () => (left > 0 ? (urgent.shift() ?? usual.shift()) : undefined);

  return (weight, isUrgent) =>
    new Promise((start) => {
      (isUrgent ? urgent : usual).push({ weight, start });
      startWork();
    });
}
