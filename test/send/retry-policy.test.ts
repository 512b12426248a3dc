// A message is tried again after the delays of the settings, and given up after the last retry.
import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { retryDelayMs } from '../../src/send/retry-policy.js';

const delays = (env: Record<string, string>, failures: number) =>
  Array.from({ length: failures }, (_, i) => retryDelayMs(readConfig(env), i + 1));

test('by default there are five retries, after 1, 5 and 15 minutes, 1 and 2 hours', () => {
  expect(delays({}, 6)).toEqual([60_000, 300_000, 900_000, 3_600_000, 7_200_000, undefined]);
});

test('with more retries than delays the last delay repeats', () => {
  const env = { GMP_MAX_RETRIES: '4', GMP_RETRY_DELAYS: '1,5' };
  expect(delays(env, 5)).toEqual([1000, 5000, 5000, 5000, undefined]);
});

test('with fewer retries than delays the later delays are not used', () => {
  expect(delays({ GMP_MAX_RETRIES: '1' }, 2)).toEqual([60_000, undefined]);
});

test('without retries the first failure is the last', () => {
  expect(delays({ GMP_MAX_RETRIES: '0' }, 1)).toEqual([undefined]);
});
