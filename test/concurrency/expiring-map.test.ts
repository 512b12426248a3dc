// What is used stays; what is not is forgotten, and whoever has to end it is told.
import { expect, test } from 'vitest';
import { expiringMap } from '../../src/concurrency/expiring-map.js';
import { fakeClock } from '../support/stage/fake-clock.js';

test('a value in use is kept for ever, one that is not used goes with the use of others, and once', async () => {
  const clock = fakeClock();
  const forgotten: string[] = [];
  const map = expiringMap<string>(clock, 1000, (value) => forgotten.push(value));
  map.set('used', 'used value');
  map.set('unused', 'unused value');
  for (let i = 0; i < 10; i++) {
    await clock.advance(600);
    expect(map.get('used')).toBe('used value');
  }
  expect(forgotten).toEqual(['unused value']);
  expect(map.get('unused')).toBeUndefined();
  expect(map.values()).toEqual(['used value']);
});

test('a value is kept for the whole time after its last use', async () => {
  const clock = fakeClock();
  const map = expiringMap<number>(clock, 1000);
  await clock.advance(999);
  map.set('late', 1);
  await clock.advance(1);
  map.set('other', 2);
  await clock.advance(998);
  expect(map.get('late')).toBe(1);
});

test('a deleted value is gone and not told of', async () => {
  const clock = fakeClock();
  const forgotten: number[] = [];
  const map = expiringMap<number>(clock, 1000, (value) => forgotten.push(value));
  map.set('a', 1);
  map.delete('a');
  for (let i = 0; i < 3; i++) {
    await clock.advance(1000);
    map.set('b', 2);
  }
  expect(map.get('a')).toBeUndefined();
  expect(forgotten).toEqual([]);
});
