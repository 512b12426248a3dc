// Idle connections are used again while they are good, the latest first, and are forgotten once they end.
import { expect, test } from 'vitest';
import { type IdleBudget, openIdleBudget } from '../../../../src/send/smtp/pool/idle-budget.js';
import { openIdleConnections } from '../../../../src/send/smtp/pool/idle-connections.js';

interface FakeConnection {
  name: string;
  good: boolean;
  onEnd: (error: unknown) => void;
}

const connection = (name: string, good = true): FakeConnection => ({ name, good, onEnd: () => {} });

function openIdle(...connections: FakeConnection[]) {
  return openIdleWithin(openIdleBudget(100), ...connections);
}

function openIdleWithin(budget: IdleBudget, ...connections: FakeConnection[]) {
  const closed: string[] = [];
  const idle = openIdleConnections<FakeConnection>(
    ({ good }) => good,
    ({ name }) => closed.push(name),
    budget,
  );
  for (const one of connections) idle.add(one);
  return { idle, closed };
}

test('the connection used last is taken, and those that are no longer good are closed on the way', () => {
  const { idle, closed } = openIdle(connection('a'), connection('b'), connection('c', false));
  expect(idle.take()?.name).toBe('b');
  expect(closed).toEqual(['c']);
  expect(idle.take()?.name).toBe('a');
  expect(idle.take()).toBeUndefined();
});

test('a connection that ends is forgotten, and is not idle any longer', () => {
  const ending = connection('ending');
  const { idle, closed } = openIdle(connection('a'), ending);
  ending.onEnd(new Error('closed'));
  expect(idle.count()).toBe(1);
  expect(idle.remove(ending)).toBe(false);
  expect(idle.take()?.name).toBe('a');
  expect(closed).toEqual([]);
});

test('all are closed at once', () => {
  const { idle, closed } = openIdle(connection('a'), connection('b'));
  idle.closeAll();
  expect(closed).toEqual(['a', 'b']);
  expect(idle.count()).toBe(0);
});

test('over the budget of all accounts, the connection that has been idle longest is closed', () => {
  const budget = openIdleBudget(2);
  const first = openIdleWithin(budget, connection('a'), connection('b'));
  const second = openIdleWithin(budget, connection('c'));
  expect(first.closed).toEqual(['a']);
  expect(first.idle.take()?.name).toBe('b');
  second.idle.add(connection('d'));
  expect([first.closed, second.closed]).toEqual([['a'], []]);
  second.idle.add(connection('e'));
  expect(second.closed).toEqual(['c']);
});
