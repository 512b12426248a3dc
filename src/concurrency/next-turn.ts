// Lets other work of this process run between the steps of work on large payloads.
import { openYieldBudget } from './yield-budget.js';

/** Work on so many bytes holds the event loop up for a few milliseconds at most. */
const bytesPerTurn = 1024 * 1024;

/** Work on fewer bytes is not worth waiting for. */
const smallBytes = 16 * 1024;

/** One for the whole process, as the event loop is: the steps of many calls at once must not follow each other in one turn. */
const stepBudget = openYieldBudget(bytesPerTurn);

/** Resolves in the next turn of the event loop, after the calls and replies that have come meanwhile. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** To be awaited before each step that goes through as many bytes. @returns undefined when there is no need to wait */
export function betweenSteps(bytes: number): Promise<void> | undefined {
  return bytes > smallBytes ? stepBudget(bytes, false) : undefined;
}
