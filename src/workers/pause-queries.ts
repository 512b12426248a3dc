// The queries "may this queue send?" that are running, and what happened to the queue since each began.

export interface PauseQuery {
  /** The queue was resumed since the query began, so no answer of the query may pause it. */
  wasResumed: boolean;
  /** There is new work since the query began, so the queue must not pause until new work comes. */
  wasWoken: boolean;
}

export interface PauseQueries {
  begin(queueName: string): PauseQuery;
  end(queueName: string, query: PauseQuery): void;
  markResumed(queueName: string): void;
  markWoken(queueName: string): void;
}

export function openPauseQueries(): PauseQueries {
  /** Queues without a running query have no entry. */
  const running = new Map<string, Set<PauseQuery>>();
  return {
    begin(queueName) {
      const query = { wasResumed: false, wasWoken: false };
      const queries = running.get(queueName) ?? new Set();
      running.set(queueName, queries.add(query));
      return query;
    },
    end(queueName, query) {
      const queries = running.get(queueName);
      if (queries?.delete(query) && queries.size === 0) running.delete(queueName);
    },
    markResumed(queueName) {
      for (const query of running.get(queueName) ?? []) query.wasResumed = true;
    },
    markWoken(queueName) {
      for (const query of running.get(queueName) ?? []) query.wasWoken = true;
    },
  };
}
