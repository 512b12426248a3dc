// Values in use stay; values that are not used expire, once, and the callback gets them.
import { expect, test } from 'vitest';
import { expiringMap } from '../../src/concurrency/expiring-map.js';
import { fakeClock } from '../support/stage/fake-clock.js';

test('a value in use never expires; an unused one expires once, when others are used', async () => {
  const clock = fakeClock();
  const expired: string[] = [];
  const map = expiringMap<string>(clock, 1000, (value) => expired.push(value));
  map.set('used', 'used value');
  map.set('unused', 'unused value');
  for (let i = 0; i < 10; i++) {
    await clock.advance(600);
    expect(map.get('used')).toBe('used value');
  }
  expect(expired).toEqual(['unused value']);
  expect(map.get('unused')).toBeUndefined();
  expect(map.values()).toEqual(['used value']);
});

test('a value stays for the whole time after its last use', async () => {
  const clock = fakeClock();
  const map = expiringMap<number>(clock, 1000);
  await clock.advance(999);
  map.set('late', 1);
  await clock.advance(1);
  map.set('other', 2);
  await clock.advance(998);
  expect(map.get('late')).toBe(1);
});

test('a deleted value is gone without the callback', async () => {
  const clock = fakeClock();
  const expired: number[] = [];
  const map = expiringMap<number>(clock, 1000, (value) => expired.push(value));
  map.set('a', 1);
  map.delete('a');
  for (let i = 0; i < 3; i++) {
    await clock.advance(1000);
    map.set('b', 2);
  }
  expect(map.get('a')).toBeUndefined();
  expect(expired).toEqual([]);
});
