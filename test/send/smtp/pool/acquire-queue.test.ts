// Sends get connections in the order in which they asked, and no more are opened than are waited for.
import { expect, test } from 'vitest';
import { openAcquireQueue } from '../../../../src/send/smtp/pool/acquire-queue.js';

/** A queue whose connections open, or fail to, when the test says so. */
function controlledQueue() {
  const opens: { succeed(name: string): void; fail(error: Error): void }[] = [];
  const spare: string[] = [];
  const queue = openAcquireQueue<string>(
    () =>
      new Promise((resolve, reject) => {
        opens.push({ succeed: resolve, fail: reject });
      }),
    (connection) => spare.push(connection),
  );
  return { opens, spare, queue };
}

test('each send has one connection opened, and the first that opens goes to the first in line', async () => {
  const { opens, queue } = controlledQueue();
  const sends = [queue.acquire(), queue.acquire()];
  expect([opens.length, queue.opening()]).toEqual([2, 2]);
  opens[1]?.succeed('second opened');
  expect(await sends[0]).toEqual({ connection: 'second opened', reused: false });
  opens[0]?.succeed('first opened');
  expect(await sends[1]).toEqual({ connection: 'first opened', reused: false });
  expect(queue.opening()).toBe(0);
});

test('a released connection serves the first in line, and the one opened for that send serves the next', async () => {
  const { opens, spare, queue } = controlledQueue();
  const first = queue.acquire();
  expect(queue.offer('released')).toBe(true);
  expect(await first).toEqual({ connection: 'released', reused: true });
  const next = queue.acquire();
  expect(opens).toHaveLength(1);
  opens[0]?.succeed('opened');
  expect(await next).toEqual({ connection: 'opened', reused: false });
  expect(queue.offer('nobody waits')).toBe(false);
  expect(spare).toEqual([]);
});

test('a connection that no send waits for is a spare one', async () => {
  const { opens, spare, queue } = controlledQueue();
  queue.openAhead();
  opens[0]?.succeed('ahead');
  await Promise.resolve();
  await Promise.resolve();
  expect(spare).toEqual(['ahead']);
});

test('a failure ends one send, and none whose connection is still on its way', async () => {
  const { opens, queue } = controlledQueue();
  const first = queue.acquire();
  queue.offer('released');
  await first;
  const second = queue.acquire();
  const third = queue.acquire();
  expect(opens).toHaveLength(2);
  opens[0]?.fail(new Error('refused'));
  await expect(second).rejects.toThrow('refused');
  opens[1]?.succeed('opened');
  expect(await third).toEqual({ connection: 'opened', reused: false });
});
