// The connections of one account that are open and not in use.
import type { IdleBudget } from './idle-budget.js';

export interface IdleConnections<C> {
  /** The connection used last that is still good. Connections that have become useless are closed on the way. */
  take(): C | undefined;
  /** Adds a connection, and forgets it when it ends. */
  add(connection: C): void;
  /** @returns whether the connection was idle */
  remove(connection: C): boolean;
  closeAll(): void;
  count(): number;
}

export function openIdleConnections<C extends { onEnd: (error: unknown) => void }>(
  isReusable: (connection: C) => boolean,
  close: (connection: C) => void,
  budget: IdleBudget,
): IdleConnections<C> {
  const idle: C[] = [];

  function remove(connection: C): boolean {
    const at = idle.indexOf(connection);
    if (at >= 0) idle.splice(at, 1);
    budget.delete(connection);
    return at >= 0;
  }

  return {
    take() {
      for (let connection = idle.pop(); connection; connection = idle.pop()) {
        budget.delete(connection);
        if (isReusable(connection)) return connection;
        close(connection);
      }
      return undefined;
    },
    add(connection) {
      idle.push(connection);
      connection.onEnd = () => remove(connection);
      budget.add(connection, () => {
        remove(connection);
        close(connection);
      });
    },
    remove,
    closeAll() {
      for (const connection of idle.splice(0)) {
        budget.delete(connection);
        close(connection);
      }
    },
    count: () => idle.length,
  };
}
