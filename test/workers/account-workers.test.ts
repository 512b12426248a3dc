// Each queue has at most one worker at a time; a queue that is woken while its worker closes gets another afterwards.
import { expect, test } from 'vitest';
import { openAccountWorkers } from '../../src/workers/account-workers.js';
import { turn } from '../support/stage/fake-clock.js';

/** Workers that open and close when they are told to. */
function openWorkers() {
  const opened: string[] = [];
  const closed: string[] = [];
  const ready: (() => void)[] = [];
  const ends: (() => void)[] = [];
  const workers = openAccountWorkers({
    async prepare(queueName) {
      await new Promise<void>((resolve) => ready.push(resolve));
      return () => {
        opened.push(queueName);
        return { close: () => new Promise<void>((resolve) => ends.push(resolve)) };
      };
    },
    onReopen: (queueName) => workers.open(queueName),
    onClosed: (queueName) => closed.push(queueName),
  });
  const settle = async (waiting: (() => void)[]) => {
    for (const resolve of waiting.splice(0)) resolve();
    await turn();
  };
  return { workers, opened, closed, finishOpening: () => settle(ready), finishClosing: () => settle(ends) };
}

test('a queue that is opened several times gets one worker', async () => {
  const { workers, opened, finishOpening } = openWorkers();
  workers.open('a');
  workers.open('a');
  await finishOpening();
  workers.open('a');
  await finishOpening();
  expect(opened).toEqual(['a']);
  expect(workers.get('a')).toBeDefined();
});

test('a queue that is opened while its worker closes gets the next one only afterwards', async () => {
  const { workers, opened, closed, finishOpening, finishClosing } = openWorkers();
  workers.open('a');
  await finishOpening();
  const [[name, worker] = ['', undefined]] = workers.entries();
  if (worker) workers.end(name, worker);
  workers.open('a');
  await finishOpening();
  expect([opened, closed]).toEqual([['a'], []]);
  await finishClosing();
  await finishOpening();
  expect([opened, closed]).toEqual([['a', 'a'], ['a']]);
});

test('closing waits for workers that are opening, opens none of them, and closes the others', async () => {
  const { workers, opened, closed, finishOpening, finishClosing } = openWorkers();
  workers.open('a');
  await finishOpening();
  workers.open('b');
  const all = workers.close();
  workers.open('c');
  await finishOpening();
  await finishClosing();
  await all;
  expect([opened, closed]).toEqual([['a'], ['a']]);
});
