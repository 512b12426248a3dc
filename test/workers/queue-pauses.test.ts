// A queue rests for as long as its reason holds, and no answer that is older than the end of the reason sends it to rest.
import { expect, test } from 'vitest';
import { openQueuePauses } from '../../src/workers/queue-pauses.js';
import { fakeClock } from '../support/stage/fake-clock.js';

function open() {
  const clock = fakeClock();
  const went: string[] = [];
  const rests = openQueuePauses(clock, (queueName) => went.push(queueName));
  return { clock, went, rests };
}

test('a queue rests until its time, and goes on then', async () => {
  const { clock, went, rests } = open();
  expect(rests.ask('a').rest(clock.now() + 1000)).toBe(true);
  await clock.advance(999);
  expect(rests.isPaused('a')).toBe(true);
  expect(went).toEqual([]);
  await clock.advance(1);
  expect(rests.isPaused('a')).toBe(false);
  expect(went).toEqual(['a']);
});

test('the earliest of several ends counts', async () => {
  const { clock, went, rests } = open();
  const asks = [rests.ask('a'), rests.ask('a')];
  asks[0]?.rest(clock.now() + 5000);
  asks[1]?.rest(clock.now() + 1000);
  await clock.advance(1000);
  expect(went).toEqual(['a']);
});

test('new work ends a rest that has no other end, and no other', () => {
  const { clock, went, rests } = open();
  rests.ask('timed').rest(clock.now() + 1000);
  rests.ask('open').rest(undefined);
  rests.wake('timed');
  rests.wake('open');
  expect(went).toEqual(['open']);
  rests.lift('timed');
  expect(went).toEqual(['open', 'timed']);
});

test('an answer that was asked for before the rest was lifted begins none', () => {
  const { clock, rests } = open();
  const before = rests.ask('a');
  rests.lift('a');
  const after = rests.ask('a');
  expect(before.rest(clock.now() + 1000)).toBe(false);
  expect(before.rest(undefined)).toBe(false);
  expect(rests.isPaused('a')).toBe(false);
  expect(after.rest(undefined)).toBe(true);
  expect(rests.isPaused('a')).toBe(true);
});

test('work that came while it was asked is not slept over; a rest with a time begins all the same', () => {
  const { clock, rests } = open();
  const [untimed, timed] = [rests.ask('a'), rests.ask('b')];
  rests.wake('a');
  rests.wake('b');
  expect(untimed.rest(undefined)).toBe(false);
  expect(timed.rest(clock.now() + 1000)).toBe(true);
});

test('the lift of one queue leaves the answers of another, and those that ended, alone', () => {
  const { rests } = open();
  const [a, b] = [rests.ask('a'), rests.ask('b')];
  a.close();
  rests.lift('a');
  expect(b.rest(undefined)).toBe(true);
  expect(a.rest(undefined)).toBe(true);
});

test('however far the end is, the reason is looked at again within five minutes', async () => {
  const { clock, went, rests } = open();
  rests.ask('a').rest(Number.MAX_SAFE_INTEGER);
  await clock.advance(300_000);
  expect(went).toEqual(['a']);
});
