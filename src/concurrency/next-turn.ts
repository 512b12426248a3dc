// Lets other work of this process run between the steps of work on large payloads.

/** Work on fewer bytes holds the event loop up for a few milliseconds at most. */
const mostAtOnce = 1024 * 1024;

/** Resolves in the next turn of the event loop, after the calls and replies that have come meanwhile. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** To be awaited between two steps that each go through as many bytes. @returns undefined when there is no need to wait */
export function betweenSteps(bytes: number): Promise<void> | undefined {
  return bytes > mostAtOnce ? nextTurn() : undefined;
}
