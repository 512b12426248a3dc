// Waits for something that can only be asked for again and again; names it when it does not come.
export interface WaitForOptions {
  timeoutMs?: number;
  /** At most so often: what takes long to answer is asked less, or asking would be most of what the machine does. */
  everyMs?: number;
}

/** How much longer than the last question took it is left alone. */
const restFactor = 4;

/** Resolves with the first value of `condition` that is neither undefined, null nor false; a throw counts as not yet. */
export async function waitFor<T>(
  description: string,
  condition: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  { timeoutMs = 20_000, everyMs = 25 }: WaitForOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let fault: unknown;
    const asked = performance.now();
    try {
      const value = await condition();
      if (value !== undefined && value !== null && value !== false) return value;
    } catch (error) {
      fault = error;
    }
    if (performance.now() >= deadline) {
      const detail = fault === undefined ? '' : `: ${fault instanceof Error ? fault.message : String(fault)}`;
      throw new Error(`waited ${timeoutMs} ms for ${description}${detail}`, { cause: fault });
    }
    const pauseMs = Math.max(everyMs, restFactor * (performance.now() - asked));
    await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, 1000)));
  }
}
