// An owner's share grows with each release and shrinks with each slow permit; urgent calls start first.
import { expect, test } from 'vitest';
import { openShare } from '../../src/concurrency/share.js';

const perOwner = 20;

/** A share with many calls waiting, and the calls that have started. */
function waitingShare() {
  const share = openShare(perOwner);
  const started: string[] = [];
  const enqueue = (name: string, isUrgent = false) => share.enqueue(() => started.push(name), isUrgent);
  for (let n = 0; n < 50; n++) enqueue(`usual ${n}`);
  /** Starts as many calls as the share may hold. @returns how many have started so far */
  const fill = (isScarce: boolean) => {
    while (share.mayHoldMore(isScarce)) share.startNext();
    return started.length;
  };
  return { share, started, enqueue, fill };
}

test('while permits are plenty, an owner may hold its maximum at once', () => {
  expect(waitingShare().fill(false)).toBe(perOwner);
});

test('while permits are scarce, an owner may hold two at first and twice as many after each release', () => {
  const { share, fill } = waitingShare();
  const held: number[] = [];
  for (let released = 0; released < 6; released++) {
    held.push(fill(true) - released);
    share.release(false);
  }
  expect(held).toEqual([2, 4, 8, 16, 20, 20]);
});

test('each slow permit halves what the owner may hold, also while permits are plenty', () => {
  const { share, fill } = waitingShare();
  expect(fill(false)).toBe(20);
  share.markSlow();
  for (let n = 0; n < 19; n++) share.release(false);
  // The releases have raised the limit again; another slow permit halves it.
  share.markSlow();
  expect(fill(false) - 19).toBe(10);
});

test('however many of its permits become slow, an owner may hold one', () => {
  const { share, fill } = waitingShare();
  for (let n = 0; n < 5; n++) share.markSlow();
  expect(fill(true)).toBe(1);
});

test('urgent calls start before those that waited longer', () => {
  const { share, started, enqueue } = waitingShare();
  enqueue('urgent', true);
  share.startNext();
  share.startNext();
  expect(started).toEqual(['urgent', 'usual 0']);
});

test('a share is idle when it holds nothing and nothing waits', () => {
  const share = openShare(perOwner);
  expect(share.isIdle()).toBe(true);
  share.enqueue(() => undefined, false);
  expect([share.isIdle(), share.isWaiting()]).toEqual([false, true]);
  share.startNext();
  expect([share.isIdle(), share.isWaiting()]).toEqual([false, false]);
  share.release(false);
  expect(share.isIdle()).toBe(true);
});
