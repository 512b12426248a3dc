// An attempt waits while the database is unavailable, and for nothing else.
import { expect, test } from 'vitest';
import { retryWhileUnavailable } from '../../src/send/retry-while-unavailable.js';
import { fakeClock, turn } from '../support/stage/fake-clock.js';
import { silentLog } from '../support/stage/silent-log.js';

const unavailable = Object.assign(new Error('no answer'), { code: 'P1001' });
const deadlock = Object.assign(new Error('deadlock detected'), { code: '40P01' });

test.each([unavailable, deadlock])('$message: the step is repeated until it succeeds', async (fault) => {
  const clock = fakeClock();
  let calls = 0;
  const step = async () => {
    calls += 1;
    if (calls < 4) throw fault;
    return 'done';
  };
  const done = retryWhileUnavailable({ clock, log: silentLog }, step);
  await turn();
  await clock.advance(20_000);
  expect(await done).toBe('done');
  expect(calls).toBe(4);
});

test('any other fault is thrown at once', async () => {
  let calls = 0;
  const step = async () => {
    calls += 1;
    throw new Error('refused');
  };
  await expect(retryWhileUnavailable({ clock: fakeClock(), log: silentLog }, step)).rejects.toThrow(
    'refused',
  );
  expect(calls).toBe(1);
});
