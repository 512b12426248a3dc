// No more sends at once than the bound, and when it is reached, freed turns go round those who wait.
import { expect, test } from 'vitest';
import { openTurns } from '../../src/work/turns.js';

/** Lets every promise that can settle do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('as many turns are given at once as the bound, and never more', async () => {
  const turns = openTurns(3);
  let running = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      const giveBack = await turns.take(`owner-${i % 7}`);
      running += 1;
      most = Math.max(most, running);
      await settled();
      running -= 1;
      giveBack();
    }),
  );
  expect(most).toBe(3);
});

test('an owner with a hundred waiting does not hold up one with a single send', async () => {
  const turns = openTurns(1);
  const order: string[] = [];
  const giveBacks: (() => void)[] = [];
  const first = await turns.take('busy');
  const take = (owner: string) =>
    turns.take(owner).then((giveBack) => {
      order.push(owner);
      giveBacks.push(giveBack);
    });
  for (let i = 0; i < 100; i++) void take('busy');
  void take('small');
  void take('third');
  first();
  for (let i = 0; i < 5; i++) {
    await settled();
    giveBacks.shift()?.();
  }
  expect(order.slice(0, 5)).toEqual(['busy', 'small', 'third', 'busy', 'busy']);
});

test('the turns of one owner are given in the order they were asked for', async () => {
  const turns = openTurns(1);
  const first = await turns.take('a');
  const order: number[] = [];
  const taken = [1, 2, 3].map((n) =>
    turns.take('a').then((giveBack) => {
      order.push(n);
      giveBack();
    }),
  );
  first();
  await Promise.all(taken);
  expect(order).toEqual([1, 2, 3]);
});

test('after a rush every turn is free again', async () => {
  const turns = openTurns(2);
  const rush = Array.from({ length: 10 }, (_, i) => turns.take(String(i)).then((giveBack) => giveBack()));
  await Promise.all(rush);
  await Promise.all([turns.take('a'), turns.take('b')]);
  let third = false;
  void turns.take('c').then(() => {
    third = true;
  });
  await settled();
  expect(third).toBe(false);
});
