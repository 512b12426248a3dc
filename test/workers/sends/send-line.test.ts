// Immediate messages go first and tenants take turns; a slot goes on with a queue only where that keeps nobody else waiting.
import { expect, test } from 'vitest';
import { openSendLine } from '../../../src/workers/sends/send-line.js';

/** A line for slots that have room for immediate messages, and for others, unless the test says otherwise. */
function open() {
  const room = { urgent: true, usual: true, full: new Set<string>() };
  const line = openSendLine({
    hasRoom: (isUrgent) => (isUrgent ? room.urgent : room.usual),
    tenantHasRoom: (tenantId) => !room.full.has(tenantId),
  });
  return { line, room };
}

function queue(tenantId: string, accountId = 'main', isUrgent = false) {
  return { name: `${tenantId}.${accountId}`, owner: { tenantId, accountId }, isUrgent };
}

test('a queue with an immediate message goes before all others', () => {
  const { line } = open();
  line.set(queue('a'), true);
  line.set(queue('b', 'main', true), true);
  expect([line.next(), line.next(), line.next()]).toEqual(['b.main', 'a.main', undefined]);
});

test('where only the reserved slots are free, only queues with an immediate message get one', () => {
  const { line, room } = open();
  room.usual = false;
  line.set(queue('a'), true);
  line.set(queue('b', 'main', true), true);
  expect([line.next(), line.next()]).toEqual(['b.main', undefined]);
  room.urgent = false;
  line.set(queue('b', 'main', true), true);
  expect(line.next()).toBeUndefined();
});

test('a queue that turns urgent stands in one line only', () => {
  const { line } = open();
  line.set(queue('a'), true);
  line.set(queue('a', 'main', true), true);
  expect([line.next(), line.next()]).toEqual(['a.main', undefined]);
});

test('a tenant without room is passed over', () => {
  const { line, room } = open();
  room.full.add('a');
  line.set(queue('a'), true);
  line.set(queue('b'), true);
  expect([line.next(), line.next()]).toEqual(['b.main', undefined]);
});

test('a slot keeps to its queue without end where none waits, and for ten jobs where its own tenant waits', () => {
  const { line } = open();
  expect(line.mayKeepSlot(queue('a'), 1000)).toBe(true);
  line.set(queue('a', 'second'), true);
  expect([line.mayKeepSlot(queue('a'), 9), line.mayKeepSlot(queue('a'), 10)]).toEqual([true, false]);
});

test('a slot is given up at once where another tenant waits, or an immediate message', () => {
  const { line } = open();
  line.set(queue('b'), true);
  expect(line.mayKeepSlot(queue('a'), 1)).toBe(false);
  line.set(queue('b'), false);
  line.set(queue('a', 'second', true), true);
  expect(line.mayKeepSlot(queue('a'), 1)).toBe(false);
});
