// Loading takes at most a twentieth of the time, callers get the last value meanwhile, and an error is not kept.
import { expect, test } from 'vitest';
import { loadSparingly } from '../../src/concurrency/load-sparingly.js';

function openLoader(loadMs = 100) {
  let now = 0;
  let loads = 0;
  const clock = { now: () => now, sleep: () => new Promise<void>(() => undefined) };
  const get = loadSparingly(clock, async () => {
    loads += 1;
    now += loadMs;
    if (loads === 1) throw new Error('the first load fails');
    return loads;
  });
  return {
    get,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test('the error of the first load reaches its caller, and the next call loads again', async () => {
  const { get } = openLoader();
  await expect(get()).rejects.toThrow('the first load fails');
  expect(await get()).toBe(2);
});

test('after a load of 100 ms the value stays for 2 s, then it is loaded again', async () => {
  const { get, pass } = openLoader();
  await get().catch(() => undefined);
  await get();
  pass(1999);
  expect(await get()).toBe(2);
  pass(1);
  expect(await get()).toBe(3);
});

test('after a load of 5 s the value stays for 10 s and no longer', async () => {
  const { get, pass } = openLoader(5000);
  await get().catch(() => undefined);
  await get();
  pass(9999);
  expect(await get()).toBe(2);
  pass(1);
  expect(await get()).toBe(3);
});

test('a load that takes long is not waited for when there is an older value', async () => {
  let loads = 0;
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  const get = loadSparingly(clock, () => {
    loads += 1;
    return loads === 1 ? Promise.resolve('old') : new Promise<string>(() => undefined);
  });
  expect(await get()).toBe('old');
  expect(await get()).toBe('old');
  expect(loads).toBe(2);
});
