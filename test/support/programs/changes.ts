// Lets a test wait for a state that announces its own changes: no polling.
export interface Changes {
  /** Call after every change of the watched state. */
  changed(): void;
  /** Resolves once the condition holds; on time-out rejects with what `describe` says then. */
  until(condition: () => boolean, describe: () => string, timeoutMs: number): Promise<void>;
}

export function watchChanges(): Changes {
  const checks = new Set<() => void>();
  return {
    changed: () => {
      for (const check of checks) check();
    },
    until: (condition, describe, timeoutMs) =>
      new Promise<void>((resolve, reject) => {
        const end = () => {
          clearTimeout(timer);
          checks.delete(check);
        };
        const check = () => {
          try {
            if (!condition()) return;
            end();
            resolve();
          } catch (error) {
            end();
            reject(error);
          }
        };
        const timer = setTimeout(() => {
          end();
          reject(new Error(`waited ${timeoutMs} ms for ${describe()}`));
        }, timeoutMs);
        checks.add(check);
        check();
      }),
  };
}
