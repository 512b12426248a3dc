// A queue stays paused for as long as its reason holds, and no answer older than the end of the reason pauses it again.
import { expect, test } from 'vitest';
import { openQueuePauses } from '../../src/workers/queue-pauses.js';
import { fakeClock } from '../support/stage/fake-clock.js';

function open() {
  const clock = fakeClock();
  const resumed: string[] = [];
  const pauses = openQueuePauses(clock, (queueName) => resumed.push(queueName));
  /** A query whose answer comes later. */
  const query = (queueName: string) => {
    const begun = pauses.beginQuery(queueName);
    return {
      pause: (until: number | undefined) => pauses.pause(queueName, until, begun),
      end: () => pauses.endQuery(queueName, begun),
    };
  };
  return { clock, resumed, pauses, query };
}

test('a queue is paused until its time, and resumed then', async () => {
  const { clock, resumed, pauses, query } = open();
  expect(query('a').pause(clock.now() + 1000)).toBe(true);
  await clock.advance(999);
  expect(pauses.isPaused('a')).toBe(true);
  expect(resumed).toEqual([]);
  await clock.advance(1);
  expect(pauses.isPaused('a')).toBe(false);
  expect(resumed).toEqual(['a']);
});

test('of several ends the earliest counts', async () => {
  const { clock, resumed, query } = open();
  const queries = [query('a'), query('a')];
  queries[0]?.pause(clock.now() + 5000);
  queries[1]?.pause(clock.now() + 1000);
  await clock.advance(1000);
  expect(resumed).toEqual(['a']);
});

test('new work ends a pause that has no other end, and no other pause', () => {
  const { clock, resumed, pauses, query } = open();
  query('timed').pause(clock.now() + 1000);
  query('open').pause(undefined);
  pauses.wake('timed');
  pauses.wake('open');
  expect(resumed).toEqual(['open']);
  pauses.resume('timed');
  expect(resumed).toEqual(['open', 'timed']);
});

test('a query that began before the queue was resumed pauses it no more', () => {
  const { clock, pauses, query } = open();
  const before = query('a');
  pauses.resume('a');
  const after = query('a');
  expect(before.pause(clock.now() + 1000)).toBe(false);
  expect(before.pause(undefined)).toBe(false);
  expect(pauses.isPaused('a')).toBe(false);
  expect(after.pause(undefined)).toBe(true);
  expect(pauses.isPaused('a')).toBe(true);
});

test('work that came during a query prevents an open pause, but not one with a time', () => {
  const { clock, pauses, query } = open();
  const [untimed, timed] = [query('a'), query('b')];
  pauses.wake('a');
  pauses.wake('b');
  expect(untimed.pause(undefined)).toBe(false);
  expect(timed.pause(clock.now() + 1000)).toBe(true);
});

test('resuming one queue leaves the queries of another, and those that ended, alone', () => {
  const { pauses, query } = open();
  const [a, b] = [query('a'), query('b')];
  a.end();
  pauses.resume('a');
  expect(b.pause(undefined)).toBe(true);
  expect(a.pause(undefined)).toBe(true);
});

test('however far its end is, a pause ends within five minutes', async () => {
  const { clock, resumed, query } = open();
  query('a').pause(Number.MAX_SAFE_INTEGER);
  await clock.advance(300_000);
  expect(resumed).toEqual(['a']);
});
