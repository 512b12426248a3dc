// A breaker stays open twice as long after each refusal in a row, an hour at most, and no two for the same time.
import { afterEach, expect, test, vi } from 'vitest';
import { breakerOpenMs } from '../../src/send/breaker-policy.js';

afterEach(() => vi.restoreAllMocks());

/** How long the breaker stays open after each of `count` refusals in a row, in seconds. */
function openSeconds(count: number, random: number, breakerOpenSeconds = 30): number[] {
  vi.spyOn(Math, 'random').mockReturnValue(random);
  return Array.from({ length: count }, (_, before) => breakerOpenMs({ breakerOpenSeconds }, before) / 1000);
}

test('each time is twice as long as the one before, and none is longer than an hour', () => {
  expect(openSeconds(9, 0.5)).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600]);
});

test('the time is spread by a tenth to either side, also at its longest', () => {
  expect(openSeconds(8, 0)).toEqual([27, 54, 108, 216, 432, 864, 1728, 3240]);
  expect(openSeconds(2, 1)).toEqual([33, 66]);
});

test('two accounts that are refused together do not come back together', () => {
  const drawn = new Set(Array.from({ length: 20 }, () => breakerOpenMs({ breakerOpenSeconds: 30 }, 0)));
  expect(drawn.size).toBeGreaterThan(1);
});

test('after any number of refusals the time is still an hour', () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
  expect([50, 2000, Number.MAX_SAFE_INTEGER].map((n) => breakerOpenMs({ breakerOpenSeconds: 1 }, n))).toEqual(
    [3_600_000, 3_600_000, 3_600_000],
  );
});
