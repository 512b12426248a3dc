// Bounds how many sends run at once in this process, and is fair between accounts when the bound is reached.

export interface Turns {
  /** Waits for a turn; call the answer to give it back. */
  take(owner: string): Promise<() => void>;
}

/** Freed turns go round the accounts that wait: none gets a second one while another waits for its first. */
export function openTurns(atOnce: number): Turns {
  let free = atOnce;
  const waiting = new Map<string, (() => void)[]>();

  function release(): void {
    const next = waiting.entries().next();
    if (next.done) {
      free += 1;
      return;
    }
    const [owner, queue] = next.value;
    const start = queue.shift();
    // To the end of the round, or out of it.
    waiting.delete(owner);
    if (queue.length > 0) waiting.set(owner, queue);
    start?.();
  }

  return {
    async take(owner) {
      if (free > 0) free -= 1;
      else
        await new Promise<void>((start) => {
          const queue = waiting.get(owner);
          if (queue) queue.push(start);
          else waiting.set(owner, [start]);
        });
      return release;
    },
  };
}
