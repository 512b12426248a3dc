// A queue is paused for as long as its reason holds, and never because of an answer that is older than the end of the reason.
import { expect, test } from 'vitest';
import { openQueuePause } from '../../../src/workers/sends/queue-pause.js';
import { fakeClock } from '../../support/stage/fake-clock.js';

function open() {
  const clock = fakeClock();
  let ended = 0;
  const pause = openQueuePause(clock, () => {
    ended += 1;
  });
  return { clock, pause, ended: () => ended };
}

test('a pause lasts until its time, and the queue goes on then', async () => {
  const { clock, pause, ended } = open();
  pause.pause(clock.now() + 1000, pause.epoch());
  await clock.advance(999);
  expect([pause.isPaused, ended()]).toEqual([true, 0]);
  await clock.advance(1);
  expect([pause.isPaused, ended()]).toEqual([false, 1]);
});

test('the earliest of several ends counts', async () => {
  const { clock, pause, ended } = open();
  const asked = [pause.epoch(), pause.epoch()] as const;
  pause.pause(clock.now() + 5000, asked[0]);
  pause.pause(clock.now() + 1000, asked[1]);
  pause.pause(clock.now() + 9000, asked[1]);
  await clock.advance(1000);
  expect([pause.isPaused, ended()]).toEqual([false, 1]);
});

test('new work ends a pause that has no other end, and leaves one with a time', () => {
  const [timed, open_] = [open(), open()];
  timed.pause.pause(timed.clock.now() + 1000, timed.pause.epoch());
  open_.pause.pause(undefined, open_.pause.epoch());
  for (const { pause } of [timed, open_]) pause.noteWork();
  expect([timed.pause.isPaused, open_.pause.isPaused]).toEqual([true, false]);
  timed.pause.resume();
  expect([timed.ended(), open_.ended()]).toEqual([1, 1]);
});

test('an answer that was asked for before the queue was resumed pauses nothing', () => {
  const { clock, pause } = open();
  const before = pause.epoch();
  pause.resume();
  const after = pause.epoch();
  pause.pause(clock.now() + 1000, before);
  pause.pause(undefined, before);
  expect(pause.isPaused).toBe(false);
  pause.pause(undefined, after);
  expect(pause.isPaused).toBe(true);
});

test('work that came while the question was open is not slept over; a pause with a time begins all the same', () => {
  const [untimed, timed] = [open(), open()];
  const asked = [untimed.pause.epoch(), timed.pause.epoch()] as const;
  for (const { pause } of [untimed, timed]) pause.noteWork();
  untimed.pause.pause(undefined, asked[0]);
  timed.pause.pause(timed.clock.now() + 1000, asked[1]);
  expect([untimed.pause.isPaused, timed.pause.isPaused]).toEqual([false, true]);
});

test('however far the end is, the reason is looked into again within five minutes', async () => {
  const { clock, pause, ended } = open();
  pause.pause(Number.MAX_SAFE_INTEGER, pause.epoch());
  await clock.advance(300_000);
  expect([pause.isPaused, ended()]).toEqual([false, 1]);
});

test('a pause that is closed ends silently, and leaves no timer', async () => {
  const { clock, pause, ended } = open();
  pause.pause(clock.now() + 1000, pause.epoch());
  pause.close();
  await clock.advance(2000);
  expect([pause.isPaused, ended()]).toEqual([false, 0]);
});
