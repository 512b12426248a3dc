// Spreads work that keeps the process busy over turns of the event loop, so that what is urgent waits for little of it.

/**
 * Resolves when the caller may do its work, in this turn of the event loop or a later one.
 * @param weight what it has to do, in the unit of the bound
 * @param isUrgent whether it goes before all that wait
 */
export type YieldBudget = (weight: number, isUrgent: boolean) => Promise<void>;

interface Waiting {
  weight: number;
  start(): void;
}

/** @param perTurn what is begun in one turn, at least one piece of work */
export function openYieldBudget(perTurn: number): YieldBudget {
  const urgent: Waiting[] = [];
  const usual: Waiting[] = [];
  let left = perTurn;
  let isTurning = false;

  function go(): void {
    for (let next = takeNext(); next; next = takeNext()) {
      left -= next.weight;
      next.start();
    }
    if (isTurning || left === perTurn) return;
    isTurning = true;
    setImmediate(() => {
      isTurning = false;
      left = perTurn;
      go();
    });
  }

  const takeNext = () => (left > 0 ? (urgent.shift() ?? usual.shift()) : undefined);

  return (weight, isUrgent) =>
    new Promise((start) => {
      (isUrgent ? urgent : usual).push({ weight, start });
      go();
    });
}
