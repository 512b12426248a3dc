// Tasks with one key run one after the other, also after a failure; tasks with different keys run at once.
import { expect, test } from 'vitest';
import { openKeyedMutex } from '../../src/concurrency/keyed-mutex.js';
import { turn } from '../support/stage/fake-clock.js';

/** Runs tasks that end when they are told to. */
function openTasks() {
  const mutex = openKeyedMutex();
  const begun: string[] = [];
  const ends = new Map<string, (error?: Error) => void>();
  const run = (key: string, name: string) =>
    mutex(key, () => {
      begun.push(name);
      return new Promise<string>((resolve, reject) =>
        ends.set(name, (error) => (error ? reject(error) : resolve(name))),
      );
    });
  return { begun, run, end: (name: string, error?: Error) => ends.get(name)?.(error) };
}

test('a task waits for the one before it with the same key, and for no other', async () => {
  const { begun, run, end } = openTasks();
  const answers = Promise.all([run('a', 'a1'), run('a', 'a2'), run('b', 'b1')]);
  await turn();
  expect(begun).toEqual(['a1', 'b1']);
  end('a1');
  await turn();
  expect(begun).toEqual(['a1', 'b1', 'a2']);
  end('a2');
  end('b1');
  expect(await answers).toEqual(['a1', 'a2', 'b1']);
});

test('a task that fails fails its own caller and does not stop the next task', async () => {
  const { begun, run, end } = openTasks();
  const failing = run('a', 'first').catch((error: Error) => error.message);
  const next = run('a', 'second');
  await turn();
  end('first', new Error('broken'));
  expect(await failing).toBe('broken');
  await turn();
  expect(begun).toEqual(['first', 'second']);
  end('second');
  expect(await next).toBe('second');
});
