// Runs tasks with the same key one after the other, and tasks with different keys at once.

interface KeyedMutex {
  run<T>(key: string, task: () => Promise<T>): Promise<T>;
  /** Whether a task with this key is running or waits. */
  isBusy(key: string): boolean;
}

export function openKeyedMutex(): KeyedMutex {
  /** The last task of each key; a key without a task has no entry. */
  const last = new Map<string, Promise<unknown>>();
  return {
    async run(key, task) {
      const before = last.get(key);
      const running = (async () => {
        // A task that fails must not stop the next one.
        await before?.catch(() => undefined);
        return task();
      })();
      last.set(key, running);
      try {
        return await running;
      } finally {
        if (last.get(key) === running) last.delete(key);
      }
    },
    isBusy: (key) => last.has(key),
  };
}
