// How long an account rests after its server refused it.
import type { Config } from '../config.js';

const longestMs = 3_600_000;

/**
 * Twice as long after each refusal, an hour at most, and spread by a fifth so that accounts of one server do not come
 * back together.
 * @param failuresBefore rests without a success between them
 */
export function breakerOpenMs(config: Pick<Config, 'breakerOpenSeconds'>, failuresBefore: number): number {
  const base = Math.min(config.breakerOpenSeconds * 1000 * 2 ** Math.min(failuresBefore, 20), longestMs);
  return Math.round(base * (0.9 + Math.random() * 0.2));
}
