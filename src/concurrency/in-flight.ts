// Knows which jobs are under way in this process, and when none is left.

export interface InFlight {
  /** Runs the task and counts it while it runs. */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Resolves once nothing is under way. */
  none(): Promise<void>;
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
          for (const resume of waiting) resume();
          waiting = [];
        }
      }
    },
    none: () => (count === 0 ? Promise.resolve() : new Promise((resume) => waiting.push(resume))),
  };
}
