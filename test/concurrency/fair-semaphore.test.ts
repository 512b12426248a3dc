// No more sends at once than the bound; when it is reached, freed turns go round those who wait; what hangs steps aside.
import { expect, test } from 'vitest';
import { openFairSemaphore } from '../../src/concurrency/fair-semaphore.js';
import { fakeClock } from '../support/stage/fake-clock.js';

const open = (atOnce: number, clock = fakeClock()) => openFairSemaphore({ atOnce, perOwner: 20, clock });

/** Lets every promise that can settle do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('as many turns are given at once as the bound, and never more', async () => {
  const turns = open(3);
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
  const turns = open(1);
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
  const turns = open(1);
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

test('what is urgent comes before all else of its owner, and before nobody of another', async () => {
  const turns = open(1);
  const first = await turns.take('a');
  const order: string[] = [];
  const take = (owner: string, name: string, isUrgent: boolean) =>
    turns.take(owner, isUrgent).then((giveBack) => {
      order.push(name);
      giveBack();
    });
  const taken = [
    take('a', 'low', false),
    take('b', 'of b', false),
    take('c', 'of c', false),
    take('a', 'urgent', true),
    take('c', 'urgent of c', true),
  ];
  first();
  await Promise.all(taken);
  expect(order).toEqual(['urgent', 'of b', 'urgent of c', 'low', 'of c']);
});

test('after a rush every turn is free again', async () => {
  const turns = open(2);
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

/** Takes as many turns as there are to be had and says how many; they are given back only when asked. */
function grab(turns: ReturnType<typeof open>, owner: string, wanted: number) {
  const held: (() => void)[] = [];
  for (let i = 0; i < wanted; i++) void turns.take(owner).then((giveBack) => held.push(giveBack));
  return held;
}

test('an account that hangs holds two turns and no more, and gives way to one that waits', async () => {
  const clock = fakeClock();
  const turns = open(4, clock);
  const hanging = [grab(turns, 'a', 20), grab(turns, 'b', 20)];
  await settled();
  expect(hanging.map(({ length }) => length)).toEqual([2, 2]);
  const urgent = grab(turns, 'urgent', 1);
  await settled();
  expect(urgent).toHaveLength(0);
  await clock.advance(300);
  expect(urgent).toHaveLength(1);
  // Those that hang get no further turn, however long it takes.
  await clock.advance(60_000);
  expect(hanging.map(({ length }) => length)).toEqual([2, 2]);
  const next = grab(turns, 'next', 2);
  await settled();
  expect(next).toHaveLength(2);
});

test('while most turns are free an account gets as many as it may have at most', async () => {
  const held = grab(open(100), 'a', 50);
  await settled();
  expect(held).toHaveLength(20);
});

test('when turns are scarce an account whose sends end gets twice as many each time, up to its bound', async () => {
  const turns = open(60);
  for (const other of ['x', 'y']) grab(turns, other, 15);
  await settled();
  const held = grab(turns, 'a', 50);
  const seen: number[] = [];
  for (let i = 0; i < 4; i++) {
    await settled();
    seen.push(held.length);
    held.splice(0, 1)[0]?.();
  }
  await settled();
  expect(seen).toEqual([2, 4, 8, 16]);
  expect(held).toHaveLength(20);
});

test('sends that take long but end are not kept from going on', async () => {
  const clock = fakeClock();
  const turns = open(2, clock);
  const slow = grab(turns, 'slow', 4);
  const other = grab(turns, 'other', 1);
  await clock.advance(400);
  expect(other).toHaveLength(1);
  for (const giveBack of slow.splice(0)) giveBack();
  await settled();
  expect(slow).toHaveLength(1);
});
