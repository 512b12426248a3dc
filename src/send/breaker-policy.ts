// How long an account's circuit breaker stays open after the server refused the account.
import type { Config } from '../config.js';

const longestMs = 3_600_000;

/**
 * Twice as long after each refusal, an hour at most. Spread by 10 % to either side, so that the accounts of one server do
 * not all return at the same moment.
 * @param failuresBefore how often in a row the breaker has opened before
 * @returns milliseconds
 */
export function breakerOpenMs(config: Pick<Config, 'breakerOpenSeconds'>, failuresBefore: number): number {
  const base = Math.min(config.breakerOpenSeconds * 1000 * 2 ** Math.min(failuresBefore, 20), longestMs);
  return Math.round(base * (0.9 + Math.random() * 0.2));
}
