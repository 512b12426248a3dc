// A wall clock that is set back is noticed once; that time passes, or that it is set ahead, is not.
import { expect, test } from 'vitest';
import { watchClock } from '../../src/workers/detect-clock-set-back.js';

test('only a step back is noticed, and each one once', () => {
  let wall = 1_000_000;
  let monotonic = 500;
  const wasSetBack = watchClock({ now: () => wall, monotonic: () => monotonic });
  const pass = (ms: number, step = 0) => {
    monotonic += ms;
    wall += ms + step;
    return wasSetBack();
  };
  expect([pass(1000), pass(1000, 3_600_000), pass(60_000), pass(1000, -500)]).toEqual(Array(4).fill(false));
  expect([pass(1000, -3_600_000), pass(1000), pass(1000, -5000), pass(1000)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});
