// One connection is opened at a time until one has succeeded; the sends that waited for it learn how it ended.
import { expect, test } from 'vitest';
import { SmtpFault } from '../../../../src/send/judge/fault.js';
import { openTrial } from '../../../../src/send/smtp/pool/trial.js';

/** Opens connections that end as the test says, and counts them. */
function opener() {
  const ends: { resolve(connection: string | undefined): void; reject(error: unknown): void }[] = [];
  const open = () => new Promise<string | undefined>((resolve, reject) => ends.push({ resolve, reject }));
  return { open, ends };
}

const refused = new SmtpFault('535 no', { step: 'login', blame: 'account' });

test('of the sends that come together one opens a connection, and the others are told that it has succeeded', async () => {
  const trial = openTrial<string>();
  const { open, ends } = opener();
  const runs = [trial.run(open), trial.run(open), trial.run(open)];
  expect(ends).toHaveLength(1);
  expect(trial.isRunning()).toBe(true);
  ends[0]?.resolve('first');
  expect(await Promise.all(runs)).toEqual([
    { kind: 'opened', connection: 'first' },
    { kind: 'by_another' },
    { kind: 'by_another' },
  ]);
  expect(trial.isRunning()).toBe(false);
});

test('a failure is told to all, to those that only waited as the failure of another; the next send tries again', async () => {
  const trial = openTrial<string>();
  const { open, ends } = opener();
  const runs = [trial.run(open), trial.run(open)].map((run) => run.catch((error: unknown) => error));
  ends[0]?.reject(refused);
  const [own, others] = await Promise.all(runs);
  expect(own).toBe(refused);
  expect(others).toMatchObject({ message: '535 no', facts: { step: 'login', ofAnother: true } });
  const next = trial.run(open);
  expect(ends).toHaveLength(2);
  ends[1]?.resolve('second');
  expect(await next).toEqual({ kind: 'opened', connection: 'second' });
});

test('an error that is not of the server reaches the waiting sends as it is', async () => {
  const trial = openTrial<string>();
  const { open, ends } = opener();
  const runs = [trial.run(open), trial.run(open)].map((run) => run.catch((error: unknown) => error));
  const error = new TypeError('a bug');
  ends[0]?.reject(error);
  expect(await Promise.all(runs)).toEqual([error, error]);
});

test('without room for the connection, all sends are told so', async () => {
  const trial = openTrial<string>();
  const { open, ends } = opener();
  const runs = [trial.run(open), trial.run(open)];
  ends[0]?.resolve(undefined);
  expect(await Promise.all(runs)).toEqual([{ kind: 'no_room' }, { kind: 'no_room' }]);
});

test('a trial is passed from the first success to the next failure', () => {
  const trial = openTrial<string>();
  expect(trial.isPassed()).toBe(false);
  trial.pass();
  expect(trial.isPassed()).toBe(true);
  trial.fail();
  expect(trial.isPassed()).toBe(false);
});
