// Those who ask for the same at the same time share one task, and its result is closed when the last of them closes it.
import { expect, test } from 'vitest';
import { openSharedFlights } from '../../src/concurrency/shared-flights.js';

test('a task runs once for all who ask while it runs, and its result is closed once', async () => {
  const share = openSharedFlights<{ n: number; close(): Promise<void> }>();
  let begun = 0;
  let closed = 0;
  let finish = () => {};
  const ask = (key = 'a') =>
    share(key, async () => {
      const n = ++begun;
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return {
        n,
        close: async () => {
          closed += 1;
        },
      };
    });
  const both = [ask(), ask()];
  finish();
  const [first, second] = await Promise.all(both);
  expect([first?.isShared, second?.isShared, begun]).toEqual([false, true, 1]);
  await first?.result.close();
  await first?.result.close();
  expect(closed).toBe(0);
  await second?.result.close();
  expect(closed).toBe(1);
  const later = ask();
  finish();
  expect((await later).result.n).toBe(2);
});

test('all get the fault of a task that fails, and the next who asks begins another', async () => {
  const share = openSharedFlights<{ close(): Promise<void> }>();
  const fail = () => share('a', () => Promise.reject(new Error('no')));
  for (const { status } of await Promise.allSettled([fail(), fail()])) expect(status).toBe('rejected');
  const close = async () => undefined;
  await expect(share('a', async () => ({ close }))).resolves.toMatchObject({ isShared: false });
});
