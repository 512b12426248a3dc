// Idle queues are forgotten and closed with the connections of their account, and no more than a thousand stay open.
import { expect, test } from 'vitest';
import { openKnownQueues } from '../../../src/workers/sends/known-queues.js';
import type { QueueState } from '../../../src/workers/sends/queue-state.js';
import type { SendQueue } from '../../../src/workers/sends/send-queue.js';
import { fakeClock } from '../../support/stage/fake-clock.js';

function open() {
  const clock = fakeClock();
  const closed: string[] = [];
  const transport = { closeIdle: (name: string) => void closed.push(name) };
  const queues = openKnownQueues({ clock, config: { accountIdleSeconds: 60 }, transport }, () => {});
  /** A queue that was opened in Redis and has sent. */
  const used = (name: string): QueueState => {
    const queue = queues.stateOf(name);
    queue.source = source;
    queues.noteUsed(queue);
    return queue;
  };
  return { clock, queues, closed, used };
}

const source: SendQueue = {
  spreadMs: undefined,
  fetch: async () => undefined,
  complete: async () => undefined,
  putBack: async () => {},
  fail: async () => {},
  extendLocks: async () => {},
  nextAt: async () => undefined,
  putStalledBack: async () => {},
  close: async () => {},
};

test('a queue is the same as long as it is known, and is forgotten when it has been idle for the time of the settings', async () => {
  const { clock, queues, closed, used } = open();
  const queue = used('send.shop.main');
  expect(queues.stateOf('send.shop.main')).toBe(queue);
  await clock.advance(59_000);
  expect(queues.find('send.shop.main')).toBe(queue);
  await clock.advance(16_000);
  expect(queues.find('send.shop.main')).toBeUndefined();
  expect([closed, queue.source]).toEqual([['send.shop.main'], undefined]);
});

test('a queue that sends, has work or waits for a time stays known however long that takes', async () => {
  const { clock, queues, closed, used } = open();
  used('send.shop.sends').active = 1;
  used('send.shop.works').hasWork = true;
  used('send.shop.waits').cancelTimer = () => {};
  const paused = used('send.shop.paused').pause;
  paused.pause(clock.now() + 200_000, paused.epoch());
  await clock.advance(150_000);
  expect([[...queues.all()].length, closed]).toEqual([4, []]);
});

test('of more than a thousand open queues, those used longest ago are closed and stay known', () => {
  const { queues, closed, used } = open();
  for (let n = 0; n < 1000; n++) used(`send.shop.a${n}`);
  const again = queues.find('send.shop.a0');
  if (again) queues.noteUsed(again);
  used('send.shop.b');
  used('send.shop.c');
  expect(closed).toEqual(['send.shop.a1', 'send.shop.a2']);
  expect(queues.find('send.shop.a1')?.source).toBeUndefined();
});

test('a queue in use keeps the oldest from being closed', () => {
  const { closed, used } = open();
  used('send.shop.busy').active = 1;
  for (let n = 0; n < 1000; n++) used(`send.shop.a${n}`);
  expect(closed).toEqual([]);
});
