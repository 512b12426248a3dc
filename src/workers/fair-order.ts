// Says which queue is next among those that could send: round robin between tenants, and within a tenant between its
// accounts, so that a tenant with 10,000 busy accounts gets no more of a process than one with a single account.

export interface FairOrder {
  /** Lines the queue up, unless it stands in line already, or takes it out of line. */
  set(tenantId: string, queueName: string, isReady: boolean): void;
  /**
   * The queue that has waited longest of the tenant that has waited longest. It leaves the line, and its tenant goes to
   * the end.
   * @param maySend whether this tenant may have another send in flight
   */
  next(maySend: (tenantId: string) => boolean): string | undefined;
  readonly isEmpty: boolean;
}

export function openFairOrder(): FairOrder {
  /** Both keep the order in which their members lined up. */
  const tenants = new Map<string, Set<string>>();

  return {
    set(tenantId, queueName, isReady) {
      const queues = tenants.get(tenantId);
      if (!isReady) {
        if (queues?.delete(queueName) && queues.size === 0) tenants.delete(tenantId);
      } else if (queues) queues.add(queueName);
      else tenants.set(tenantId, new Set([queueName]));
    },
    next(maySend) {
      for (const [tenantId, queues] of tenants) {
        if (!maySend(tenantId)) continue;
        const [first] = queues;
        tenants.delete(tenantId);
        if (first === undefined) continue;
        queues.delete(first);
        if (queues.size > 0) tenants.set(tenantId, queues);
        return first;
      }
      return undefined;
    },
    get isEmpty() {
      return tenants.size === 0;
    },
  };
}
