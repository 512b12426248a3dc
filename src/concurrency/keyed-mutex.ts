// Lets the tasks of one tenant run one after the other, those of different tenants at once.

export type KeyedMutex = <T>(tenantId: string, task: () => Promise<T>) => Promise<T>;

export function openKeyedMutex(): KeyedMutex {
  const last = new Map<string, Promise<unknown>>();
  return async (tenantId, task) => {
    const before = last.get(tenantId);
    const turn = (async () => {
      await before?.catch(() => undefined);
      return task();
    })();
    last.set(tenantId, turn);
    try {
      return await turn;
    } finally {
      if (last.get(tenantId) === turn) last.delete(tenantId);
    }
  };
}
