// The connections of one account that are open and not in use.

interface IdleConnections<C> {
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
): IdleConnections<C> {
  const idle: C[] = [];

  function remove(connection: C): boolean {
    const at = idle.indexOf(connection);
    if (at >= 0) idle.splice(at, 1);
    return at >= 0;
  }

  return {
    take() {
      for (let connection = idle.pop(); connection; connection = idle.pop()) {
        if (isReusable(connection)) return connection;
        close(connection);
      }
      return undefined;
    },
    add(connection) {
      idle.push(connection);
      connection.onEnd = () => remove(connection);
    },
    remove,
    closeAll() {
      for (const connection of idle.splice(0)) close(connection);
    },
    count: () => idle.length,
  };
}
