// Bounds the idle connections of all accounts together: the one that has been idle longest is closed first.

export interface IdleBudget {
  /** @param drop closes the connection, and removes it from the budget */
  add(connection: object, drop: () => void): void;
  delete(connection: object): void;
}

export function openIdleBudget(most: number): IdleBudget {
  /** In the order in which they became idle. */
  const drops = new Map<object, () => void>();
  return {
    add(connection, drop) {
      drops.set(connection, drop);
      const [oldest] = drops.values();
      if (drops.size > most) oldest?.();
    },
    delete: (connection) => drops.delete(connection),
  };
}
