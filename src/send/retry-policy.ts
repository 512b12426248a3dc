// When a message is tried again after a temporary failure, and when it is given up.
import type { Config } from '../config.js';

/**
 * @param failures temporary failures so far, this one included
 * @returns milliseconds until the next attempt; undefined when no attempt is left
 */
export function retryDelayMs(
  config: Pick<Config, 'maxRetries' | 'retryDelays'>,
  failures: number,
): number | undefined {
  if (failures > config.maxRetries) return undefined;
  const seconds = config.retryDelays[failures - 1] ?? config.retryDelays.at(-1) ?? 60;
  return seconds * 1000;
}
