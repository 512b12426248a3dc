// A process knows when the last task in flight has ended, whether it succeeded or failed.
import { expect, test } from 'vitest';
import { openInFlight } from '../../src/concurrency/in-flight.js';
import { turn } from '../support/stage/fake-clock.js';

test('without a task in flight there is nothing to wait for', async () => {
  await openInFlight().drained();
});

test('it is drained once every task has ended, in success or failure', async () => {
  const inFlight = openInFlight();
  const ends: ((error?: Error) => void)[] = [];
  const task = () =>
    new Promise<void>((resolve, reject) => {
      ends.push((error) => (error ? reject(error) : resolve()));
    });
  const tasks = Promise.allSettled([inFlight.run(task), inFlight.run(task)]);
  let isDrained = false;
  const drained = inFlight.drained().then(() => {
    isDrained = true;
  });
  ends[0]?.();
  await turn();
  expect(isDrained).toBe(false);
  ends[1]?.(new Error('broken'));
  await drained;
  expect((await tasks).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});
