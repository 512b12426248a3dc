// Idle connections are used again while they are good, the latest first, and are forgotten once they end.
import { expect, test } from 'vitest';
import { openIdleConnections } from '../../../src/send/smtp/idle-connections.js';

interface FakeConnection {
  name: string;
  good: boolean;
  onEnd: (error: unknown) => void;
}

const connection = (name: string, good = true): FakeConnection => ({ name, good, onEnd: () => {} });

function openIdle(...connections: FakeConnection[]) {
  const closed: string[] = [];
  const idle = openIdleConnections<FakeConnection>(
    ({ good }) => good,
    ({ name }) => closed.push(name),
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
