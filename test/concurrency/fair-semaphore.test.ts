// No more permits at once than the bound; free permits go round the owners that wait; slow permits make room for others.
import { expect, test } from 'vitest';
import { openFairSemaphore } from '../../src/concurrency/fair-semaphore.js';
import { fakeClock } from '../support/stage/fake-clock.js';

const open = (atOnce: number, clock = fakeClock()) => openFairSemaphore({ atOnce, perOwner: 20, clock });

/** Lets every promise that can settle do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('as many permits are held at once as the bound, and never more', async () => {
  const semaphore = open(3);
  let running = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      const release = await semaphore.acquire(`owner-${i % 7}`);
      running += 1;
      most = Math.max(most, running);
      await settled();
      running -= 1;
      release();
    }),
  );
  expect(most).toBe(3);
});

test('an owner with a hundred waiting calls does not hold up one with a single call', async () => {
  const semaphore = open(1);
  const order: string[] = [];
  const releases: (() => void)[] = [];
  const first = await semaphore.acquire('busy');
  const take = (owner: string) =>
    semaphore.acquire(owner).then((release) => {
      order.push(owner);
      releases.push(release);
    });
  for (let i = 0; i < 100; i++) void take('busy');
  void take('small');
  void take('third');
  first();
  for (let i = 0; i < 5; i++) {
    await settled();
    releases.shift()?.();
  }
  expect(order.slice(0, 5)).toEqual(['busy', 'small', 'third', 'busy', 'busy']);
});

test('the calls of one owner get their permits in order', async () => {
  const semaphore = open(1);
  const first = await semaphore.acquire('a');
  const order: number[] = [];
  const taken = [1, 2, 3].map((n) =>
    semaphore.acquire('a').then((release) => {
      order.push(n);
      release();
    }),
  );
  first();
  await Promise.all(taken);
  expect(order).toEqual([1, 2, 3]);
});

test('an urgent call precedes all others of its owner, and none of another owner', async () => {
  const semaphore = open(1);
  const first = await semaphore.acquire('a');
  const order: string[] = [];
  const take = (owner: string, name: string, isUrgent: boolean) =>
    semaphore.acquire(owner, isUrgent).then((release) => {
      order.push(name);
      release();
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

test('after a rush every permit is free again', async () => {
  const semaphore = open(2);
  const rush = Array.from({ length: 10 }, (_, i) =>
    semaphore.acquire(String(i)).then((release) => release()),
  );
  await Promise.all(rush);
  await Promise.all([semaphore.acquire('a'), semaphore.acquire('b')]);
  let third = false;
  void semaphore.acquire('c').then(() => {
    third = true;
  });
  await settled();
  expect(third).toBe(false);
});

/** Acquires as many permits as there are to be had. @returns the releases of those it got so far */
function grab(semaphore: ReturnType<typeof open>, owner: string, wanted: number) {
  const held: (() => void)[] = [];
  for (let i = 0; i < wanted; i++) void semaphore.acquire(owner).then((release) => held.push(release));
  return held;
}

test('an owner whose tasks hang holds two permits at most, and makes room for one that waits', async () => {
  const clock = fakeClock();
  const semaphore = open(4, clock);
  const hanging = [grab(semaphore, 'a', 20), grab(semaphore, 'b', 20)];
  await settled();
  expect(hanging.map(({ length }) => length)).toEqual([2, 2]);
  const urgent = grab(semaphore, 'urgent', 1);
  await settled();
  expect(urgent).toHaveLength(0);
  await clock.advance(300);
  expect(urgent).toHaveLength(1);
  // Owners whose tasks hang get no further permit, however long they wait.
  await clock.advance(60_000);
  expect(hanging.map(({ length }) => length)).toEqual([2, 2]);
  const next = grab(semaphore, 'next', 2);
  await settled();
  expect(next).toHaveLength(2);
});

test('while most permits are free an owner gets as many as it may have at most', async () => {
  const held = grab(open(100), 'a', 50);
  await settled();
  expect(held).toHaveLength(20);
});

test('while permits are scarce an owner gets twice as many after each release, up to its maximum', async () => {
  const semaphore = open(60);
  for (const other of ['x', 'y']) grab(semaphore, other, 15);
  await settled();
  const held = grab(semaphore, 'a', 50);
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

test('an owner whose tasks are slow but end goes on', async () => {
  const clock = fakeClock();
  const semaphore = open(2, clock);
  const slow = grab(semaphore, 'slow', 4);
  const other = grab(semaphore, 'other', 1);
  await clock.advance(400);
  expect(other).toHaveLength(1);
  for (const release of slow.splice(0)) release();
  await settled();
  expect(slow).toHaveLength(1);
});
