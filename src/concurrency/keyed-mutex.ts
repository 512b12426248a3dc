// Runs tasks with the same key one after the other, and tasks with different keys at once.

type KeyedMutex = <T>(key: string, task: () => Promise<T>) => Promise<T>;

export function openKeyedMutex(): KeyedMutex {
  /** The last task of each key; a key without a task has no entry. */
  const last = new Map<string, Promise<unknown>>();
  return async (key, task) => {
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
  };
}
