// Queues are served round robin between tenants, and within a tenant between its accounts.
import { expect, test } from 'vitest';
import { openFairOrder } from '../../src/concurrency/fair-order.js';

const all = () => true;

test('tenants take turns, whatever the number of their queues, and so do the queues of each', () => {
  const order = openFairOrder();
  for (const name of ['a1', 'a2', 'a3']) order.set('a', name, true);
  order.set('b', 'b1', true);
  const served: (string | undefined)[] = [];
  for (let n = 0; n < 6; n++) {
    const name = order.next(all);
    served.push(name);
    // It has more to send.
    if (name !== undefined) order.set(name.charAt(0), name, true);
  }
  expect(served).toEqual(['a1', 'b1', 'a2', 'b1', 'a3', 'b1']);
});

test('a queue that is served leaves the line, and stands in it once however often it lines up', () => {
  const order = openFairOrder();
  order.set('a', 'a1', true);
  order.set('a', 'a1', true);
  expect([order.next(all), order.next(all), order.isEmpty]).toEqual(['a1', undefined, true]);
});

test('a tenant without room is passed over and keeps its place', () => {
  const order = openFairOrder();
  order.set('full', 'f1', true);
  order.set('free', 'g1', true);
  expect(order.next((tenantId) => tenantId !== 'full')).toBe('g1');
  expect(order.next(all)).toBe('f1');
});

test('a queue that can no longer send is taken out of line', () => {
  const order = openFairOrder();
  order.set('a', 'a1', true);
  order.set('a', 'a1', false);
  order.set('a', 'a2', false);
  expect([order.isEmpty, order.next(all)]).toEqual([true, undefined]);
});

test('a tenant knows whether another one stands in line', () => {
  const order = openFairOrder();
  order.set('a', 'a1', true);
  const alone = order.hasOther('a');
  order.set('b', 'b1', true);
  const beside = order.hasOther('a');
  order.set('a', 'a1', false);
  expect([alone, beside, order.hasOther('a'), order.hasOther('b')]).toEqual([false, true, true, false]);
});
