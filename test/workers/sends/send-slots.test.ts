// No more quick sends at once than the bound; slow ones give their place to others, and no tenant holds all of them.
import { expect, test } from 'vitest';
import { openCounts } from '../../../src/concurrency/counts.js';
import { openSendSlots } from '../../../src/workers/sends/send-slots.js';
import { fakeClock } from '../../support/stage/fake-clock.js';

function open(quick: number) {
  const clock = fakeClock();
  let rooms = 0;
  const loop = { isBusy: () => loop.busy, busy: false };
  const all = quick * 10;
  const slots = openSendSlots(clock, { quick, all, ofTenant: () => all / 4 }, loop, openCounts(), () => {
    rooms += 1;
  });
  return { clock, slots, rooms: () => rooms, loop };
}

test('the bound holds, and of it a part is reserved for immediate messages', () => {
  const { slots } = open(20);
  for (let n = 0; n < 19; n++) slots.take('a');
  expect([slots.hasRoom(false), slots.hasRoom(true)]).toEqual([false, true]);
  const last = slots.take('a');
  expect(slots.hasRoom(true)).toBe(false);
  last.release();
  expect(slots.hasRoom(true)).toBe(true);
});

test('a send that waits for its server for a quarter of a second gives its place to another', async () => {
  const { clock, slots, rooms } = open(2);
  slots.take('a');
  slots.take('a');
  await clock.advance(249);
  expect([slots.hasRoom(false), rooms()]).toEqual([false, 0]);
  await clock.advance(1);
  expect([slots.hasRoom(false), rooms()]).toEqual([true, 1]);
});

test('slow sends have a bound as well, ten times the other', async () => {
  const { clock, slots } = open(2);
  for (let n = 0; n < 10; n++) {
    slots.take(`t${n}`);
    slots.take(`t${n}`);
    await clock.advance(250);
  }
  expect(slots.hasRoom(true)).toBe(false);
});

test('a tenant holds no more than its part, of which a little is reserved for immediate messages', async () => {
  const { clock, slots } = open(8);
  for (let n = 0; n < 19; n++) {
    expect(slots.tenantHasRoom('a', false)).toBe(true);
    slots.take('a');
    await clock.advance(250);
  }
  expect(slots.tenantHasRoom('a', false)).toBe(false);
  expect(slots.tenantHasRoom('a', true)).toBe(true);
  expect(slots.tenantHasRoom('b', false)).toBe(true);
});

test('a slot is used again as long as its send was quick, and counts as a new one then', async () => {
  const { clock, slots } = open(1);
  const slot = slots.take('a');
  await clock.advance(200);
  expect(slot.reuse()).toBe(true);
  await clock.advance(200);
  expect(slots.hasRoom(false)).toBe(false);
  await clock.advance(50);
  expect(slots.hasRoom(false)).toBe(true);
  expect(slot.reuse()).toBe(false);
});

test('while the process is busy, a tenant begins fewer sends and none counts as slow', async () => {
  const { clock, slots, rooms, loop } = open(8);
  const mayBegin = () => slots.hasRoom(false) && slots.tenantHasRoom('a', false);
  loop.busy = true;
  for (let n = 0; n < 4; n++) {
    expect(mayBegin()).toBe(true);
    slots.take('a');
  }
  expect(mayBegin()).toBe(false);
  await clock.advance(1000);
  expect([mayBegin(), rooms()]).toEqual([false, 0]);
  loop.busy = false;
  await clock.advance(250);
  expect([mayBegin(), rooms()]).toEqual([true, 1]);
});

test('a tenant with few sends in flight has room where a crowd filled the slots before the process turned busy', () => {
  const { slots, loop } = open(40);
  for (let n = 0; n < 37; n++) slots.take('crowd');
  loop.busy = true;
  expect([slots.hasRoom(false), slots.tenantHasRoom('crowd', false)]).toEqual([true, false]);
  expect(slots.tenantHasRoom('neighbour', false)).toBe(true);
  slots.take('neighbour');
  expect(slots.tenantHasRoom('neighbour', false)).toBe(true);
  expect(slots.hasRoom(false)).toBe(false);
});
