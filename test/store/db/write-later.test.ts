// What is written later is written once, together, also when the database is away for a while, and never costs a caller anything.
import { expect, test, vi } from 'vitest';
import { openLater } from '../../../src/store/db/write-later.js';
import { fakeClock, turn } from '../../support/stage/fake-clock.js';
import { silentLog } from '../../support/stage/silent-log.js';

const away = Object.assign(new Error('away'), { code: 'P1001' });

function writeNumbers(options: { most?: number } = {}) {
  const clock = fakeClock();
  const writes: number[][] = [];
  const faults: Error[] = [];
  const warn = vi.fn();
  const log = Object.assign(Object.create(silentLog), { warn }) as typeof silentLog;
  const later = openLater<number>(
    { clock, log },
    {
      what: 'numbers',
      afterMs: 100,
      most: 100,
      ...options,
      async write(items) {
        const fault = faults.shift();
        if (fault !== undefined) throw fault;
        writes.push(items);
      },
    },
  );
  return { clock, writes, faults, later, warn };
}

test('what is added within a moment is written together, and what comes after it the next time', async () => {
  const { clock, writes, later } = writeNumbers();
  for (const n of [1, 2, 3]) later.add(n);
  await clock.advance(99);
  expect(writes).toEqual([]);
  await clock.advance(1);
  later.add(4);
  await clock.advance(100);
  expect(writes).toEqual([[1, 2, 3], [4]]);
  expect(clock.sleeping()).toBe(0);
});

test('closing writes what waits', async () => {
  const { clock, writes, later } = writeNumbers();
  later.add(1);
  await later.close();
  expect(writes).toEqual([[1]]);
  expect(clock.sleeping()).toBe(0);
});

test('while the database is away it waits, in order; what is more than may wait is lost', async () => {
  const { clock, writes, faults, later } = writeNumbers({ most: 3 });
  faults.push(away, away);
  later.add(1);
  await clock.advance(100);
  for (const n of [2, 3, 4]) later.add(n);
  await clock.advance(200);
  expect(writes).toEqual([[1, 2, 3]]);
  later.add(5);
  await clock.advance(100);
  expect(writes).toEqual([[1, 2, 3], [5]]);
});

test('an outage is logged once, and the next one again', async () => {
  const { clock, faults, later, warn } = writeNumbers();
  for (const outage of [1, 2]) {
    faults.push(away, away, away);
    later.add(outage);
    await clock.advance(400);
    expect(warn).toHaveBeenCalledTimes(outage);
  }
});

test('what the database refuses is given up, and what comes after it is written', async () => {
  const { clock, writes, faults, later } = writeNumbers();
  faults.push(new Error('refused'));
  later.add(1);
  await clock.advance(100);
  later.add(2);
  await clock.advance(100);
  expect(writes).toEqual([[2]]);
});

test('closing waits for what is just being written, and for what was added meanwhile', async () => {
  const clock = fakeClock();
  const writes: number[][] = [];
  let end = () => {};
  const later = openLater<number>(
    { clock, log: silentLog },
    {
      what: 'numbers',
      afterMs: 100,
      most: 100,
      write: (items) =>
        new Promise<void>((resolve) => {
          writes.push(items);
          end = resolve;
        }),
    },
  );
  later.add(1);
  await clock.advance(100);
  later.add(2);
  let closed = false;
  void later.close().then(() => {
    closed = true;
  });
  await turn();
  expect([writes, closed]).toEqual([[[1]], false]);
  end();
  await turn();
  expect([writes, closed]).toEqual([[[1], [2]], false]);
  end();
  await turn();
  expect([closed, clock.sleeping()]).toEqual([true, 0]);
});
