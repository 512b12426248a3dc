// At most one worker for each send queue: opens it, closes it, and never has two of one queue at a time.

interface Closable {
  close(): Promise<void>;
}

export interface AccountWorkers<W extends Closable> {
  get(queueName: string): W | undefined;
  entries(): [string, W][];
  /** Opens a worker for a queue that has none. While the last one is closing, opens the next one afterwards. */
  open(queueName: string): void;
  end(queueName: string, worker: W): void;
  /** Closes all workers and opens none from now on. */
  close(): Promise<void>;
}

export function openAccountWorkers<W extends Closable>(options: {
  /** Reads what a worker is opened with. @returns a function that opens the worker */
  prepare(queueName: string): Promise<() => W>;
  /** The worker of a queue has closed although `open` was called meanwhile. */
  onReopen(queueName: string): void;
  onClosed(queueName: string): void;
}): AccountWorkers<W> {
  const workers = new Map<string, W>();
  const opening = new Map<string, Promise<void>>();
  const closing = new Map<string, Promise<void>>();
  let isClosed = false;

  function open(queueName: string): void {
    if (isClosed || workers.has(queueName) || opening.has(queueName)) return;
    const ending = closing.get(queueName);
    if (ending) {
      void ending.then(() => options.onReopen(queueName));
      return;
    }
    const opened = options.prepare(queueName).then((openWorker) => {
      opening.delete(queueName);
      if (!isClosed) workers.set(queueName, openWorker());
    });
    opening.set(queueName, opened);
  }

  function end(queueName: string, worker: W): void {
    workers.delete(queueName);
    const ended = worker.close().finally(() => {
      closing.delete(queueName);
      options.onClosed(queueName);
    });
    closing.set(queueName, ended);
  }

  return {
    get: (queueName) => workers.get(queueName),
    entries: () => [...workers],
    open,
    end,
    async close() {
      isClosed = true;
      await Promise.all(opening.values());
      for (const [queueName, worker] of workers) end(queueName, worker);
      await Promise.all(closing.values());
    },
  };
}
