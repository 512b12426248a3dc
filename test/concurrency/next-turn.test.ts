// Many large payloads at once hold the event loop up no longer than one does: their steps have turns of their own.
import { expect, test } from 'vitest';
import { betweenSteps, nextTurn } from '../../src/concurrency/next-turn.js';

const large = 2 * 1024 * 1024;

test('steps of many large payloads begin in turns of their own, and small ones wait for none', async () => {
  let turn = 0;
  const begunIn: number[] = [];
  const payload = async () => {
    for (let step = 0; step < 3; step++) {
      await betweenSteps(large);
      begunIn.push(turn);
    }
  };
  const all = Promise.all(Array.from({ length: 20 }, payload));
  expect(betweenSteps(1000)).toBeUndefined();
  for (; begunIn.length < 60; turn++) await nextTurn();
  await all;
  expect(new Set(begunIn).size).toBeGreaterThan(50);
});
