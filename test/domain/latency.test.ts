// The times that classes of latencies tell: within the right class, and nothing where nothing was sent.
import { expect, test } from 'vitest';
import { latencyClasses, latencyRanges, latencyWithin } from '../../src/domain/latency.js';

const counts = (byClass: Record<number, number>) =>
  Array.from({ length: latencyClasses }, (_, n) => byClass[n] ?? 0);

test('the classes follow one another without a gap', () => {
  for (const [n, { below }] of latencyRanges.entries()) expect(below).toBe(latencyRanges[n + 1]?.least);
});

test('the time lies in the class in which that part of the messages is reached', () => {
  expect(latencyWithin(counts({}), 0.5)).toBeUndefined();
  expect(latencyWithin(counts({ 0: 100 }), 0.5)).toBe(50);
  expect(latencyWithin(counts({ 0: 90, 3: 10 }), 0.95)).toBe(750);
  expect(latencyWithin(counts({ 0: 1, 14: 9 }), 0.5)).toBe(86_400_000);
});
