// The room for bodies admits a bounded number of bytes: a body that only lacks room is not overtaken, and no owner fills
// the whole room.
import { expect, test } from 'vitest';
import { openBodyRoom } from '../../../src/api/middleware/body-room.js';
import { fakeClock } from '../../support/stage/fake-clock.js';

const PATIENCE_MS = 5000;

function openRoom(totalBytes: number, mostWaiting?: number) {
  const clock = fakeClock();
  const room = openBodyRoom(clock, totalBytes, PATIENCE_MS, mostWaiting);
  const inside = new Map<string, () => void>();
  const refused: string[] = [];
  return {
    clock,
    refused,
    /** A body of an owner: `a1` is of `a`. */
    async comes(name: string, bytes: number) {
      void room.enter(name.charAt(0), bytes).then((leave) => {
        if (leave) inside.set(name, leave);
        else refused.push(name);
      });
      await clock.advance(0);
    },
    async leaves(name: string) {
      inside.get(name)?.();
      inside.delete(name);
      await clock.advance(0);
    },
    inside: () => [...inside.keys()],
  };
}

test('Bodies are admitted while there is room, and the next one when a body leaves', async () => {
  const room = openRoom(10);
  for (const name of ['a', 'b', 'c', 'd']) await room.comes(name, 4);
  expect(room.inside()).toEqual(['a', 'b']);
  await room.leaves('b');
  expect(room.inside()).toEqual(['a', 'c']);
  await room.leaves('a');
  expect(room.inside()).toEqual(['c', 'd']);
});

test('A large body is not overtaken by small ones that would still fit', async () => {
  const room = openRoom(10);
  await room.comes('a', 6);
  await room.comes('b', 8);
  await room.comes('c', 1);
  expect(room.inside()).toEqual(['a']);
  await room.leaves('a');
  expect(room.inside()).toEqual(['b', 'c']);
});

test('One owner gets half of the room, so that other owners need not wait', async () => {
  const room = openRoom(10);
  for (const name of ['a1', 'a2', 'a3', 'b1']) await room.comes(name, 3);
  expect(room.inside()).toEqual(['a1', 'b1']);
  await room.leaves('a1');
  expect(room.inside()).toEqual(['b1', 'a2']);
});

test('The first body of an owner is admitted whatever its size, even one larger than the room', async () => {
  const room = openRoom(10);
  await room.comes('a', 9);
  expect(room.inside()).toEqual(['a']);
  await room.leaves('a');
  await room.comes('b', 11);
  expect(room.inside()).toEqual(['b']);
});

test('A body that finds no room in time is refused, and the bodies behind it are admitted', async () => {
  const room = openRoom(10);
  await room.comes('a', 6);
  await room.comes('b', 8);
  await room.clock.advance(PATIENCE_MS - 1);
  await room.comes('c', 2);
  expect(room.refused).toEqual([]);
  await room.clock.advance(1);
  expect(room.refused).toEqual(['b']);
  expect(room.inside()).toEqual(['a', 'c']);
});

test('Once the bound of waiting bodies is reached, further bodies are refused at once', async () => {
  const room = openRoom(10, 2);
  for (const name of ['a', 'b', 'c', 'd']) await room.comes(name, 10);
  expect(room.refused).toEqual(['d']);
});

test('Room that is given back twice counts once', async () => {
  const room = openRoom(10);
  const { clock } = room;
  const own = openBodyRoom(clock, 10, PATIENCE_MS);
  const leave = await own.enter('a', 10);
  leave?.();
  leave?.();
  expect(await own.enter('b', 10)).toBeDefined();
  const third = own.enter('c', 1);
  await clock.advance(PATIENCE_MS);
  expect(await third).toBeUndefined();
});
