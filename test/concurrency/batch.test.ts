// Calls made at the same moment share one run, each gets its own answer, and a lone call does not wait.
import { expect, test } from 'vitest';
import { batch } from '../../src/concurrency/batch.js';
import { isUnavailable } from '../../src/store/db/unavailable.js';
import { fakeClock, turn } from '../support/stage/fake-clock.js';

const lingerMs = 2;

/** Batches numbers: a run answers each with its tenfold once `end` is called, and records its items. */
function batchNumbers(options: { most?: number; weigh?: (n: number) => number } = {}) {
  const clock = fakeClock();
  const runs: number[][] = [];
  const ends: ((error?: Error) => void)[] = [];
  const call = batch<number, number>({
    clock,
    lingerMs,
    most: 100,
    concernsAll: isUnavailable,
    ...options,
    run: (items) =>
      new Promise((resolve, reject) => {
        runs.push(items);
        ends.push((error) => (error ? reject(error) : resolve(items.map((n) => n * 10))));
      }),
  });
  /** Ends the oldest run that is open. */
  const end = async (error?: Error) => {
    ends.shift()?.(error);
    await turn();
  };
  return { clock, runs, call, end };
}

test('calls of the same moment share a run, and the answers come in their order', async () => {
  const { runs, call, end } = batchNumbers();
  const answers = Promise.all([3, 1, 2].map(call));
  await turn();
  expect(runs).toEqual([[3, 1, 2]]);
  await end();
  expect(await answers).toEqual([30, 10, 20]);
});

test('the first call after a pause does not linger', async () => {
  const { clock, runs, call, end } = batchNumbers();
  void call(1);
  await turn();
  await end();
  await clock.advance(lingerMs + 1);
  void call(2);
  await turn();
  expect(runs).toEqual([[1], [2]]);
  expect(clock.sleeping()).toBe(0);
});

test('a call soon after a run lingers, so that others can join it', async () => {
  const { clock, runs, call, end } = batchNumbers();
  void call(1);
  await turn();
  await end();
  void call(2);
  await turn();
  expect(runs).toEqual([[1]]);
  await clock.advance(1);
  void call(3);
  await clock.advance(1);
  expect(runs).toEqual([[1], [2, 3]]);
});

test('one run at a time: calls made during a run join the next', async () => {
  const { clock, runs, call, end } = batchNumbers();
  const first = call(1);
  await turn();
  const later = Promise.all([call(2), call(3)]);
  await clock.advance(1000);
  expect(runs).toEqual([[1]]);
  await end();
  await clock.advance(lingerMs);
  expect(runs).toEqual([[1], [2, 3]]);
  await end();
  expect([await first, await later]).toEqual([10, [20, 30]]);
});

test('one bad call fails no other: a run that fails is repeated call by call', async () => {
  const { runs, call, end } = batchNumbers();
  const settled = Promise.allSettled([call(1), call(2), call(3)]);
  await turn();
  for (const refusal of [new Error('one is bad'), undefined, new Error('bad'), undefined]) await end(refusal);
  expect(runs).toEqual([[1, 2, 3], [1], [2], [3]]);
  expect(await settled).toMatchObject([
    { status: 'fulfilled', value: 10 },
    { status: 'rejected', reason: { message: 'bad' } },
    { status: 'fulfilled', value: 30 },
  ]);
});

test('while the database does not answer, all calls of a run fail at once', async () => {
  const { clock, runs, call, end } = batchNumbers();
  const failing = Promise.allSettled([call(1), call(2)]);
  await turn();
  const next = call(3);
  await end(Object.assign(new Error('gone'), { code: 'P1001' }));
  expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await clock.advance(lingerMs);
  await end();
  expect(runs).toEqual([[1, 2], [3]]);
  expect(await next).toBe(30);
});

test('a run carries no more than the bound, and the rest follows in order', async () => {
  const { clock, runs, call, end } = batchNumbers({ most: 2 });
  const answers = Promise.all([1, 2, 3, 4, 5].map(call));
  for (let i = 0; i < 3; i++) {
    await turn();
    await clock.advance(lingerMs);
    await end();
  }
  expect(runs).toEqual([[1, 2], [3, 4], [5]]);
  expect(await answers).toEqual([10, 20, 30, 40, 50]);
});

test('a call that weighs more than the bound goes alone', async () => {
  const { clock, runs, call, end } = batchNumbers({ most: 10, weigh: (n) => n });
  void Promise.all([4, 5, 50, 6, 4].map(call));
  for (let i = 0; i < 3; i++) {
    await turn();
    await clock.advance(lingerMs);
    await end();
  }
  expect(runs).toEqual([[4, 5], [50], [6, 4]]);
});
