// Counts the tasks that are in flight in this process, and tells when none is left.

export interface InFlight {
  /** Runs the task and counts it while it runs. */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Resolves once no task is in flight. */
  drained(): Promise<void>;
}

export function openInFlight(): InFlight {
  let count = 0;
  let waiting: (() => void)[] = [];
  return {
    async run(task) {
      count += 1;
      try {
        return await task();
      } finally {
        count -= 1;
        if (count === 0) {
          for (const resolve of waiting) resolve();
          waiting = [];
        }
      }
    },
    drained: () => (count === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
