// A byte budget admits a bounded number of bytes: a piece that only lacks room is not overtaken, no owner fills the whole
// budget, and pieces that grow do not wait for each other for ever.
import { expect, test } from 'vitest';
import { openByteBudget, type Piece } from '../../src/concurrency/byte-budget.js';
import { fakeClock } from '../support/stage/fake-clock.js';

const PATIENCE_MS = 5000;

function openBudget(totalBytes: number) {
  const clock = fakeClock();
  const budget = openByteBudget(clock, totalBytes);
  const inside = new Map<string, Piece>();
  const refused: string[] = [];
  return {
    clock,
    refused,
    inside: () => [...inside.keys()],
    piece: (name: string) => inside.get(name) as Piece,
    /** A piece of an owner: `a1` is of `a`. */
    async comes(name: string, bytes: number, { waits = 'shortly' }: { waits?: 'shortly' | 'for ever' } = {}) {
      void budget
        .enter(name.charAt(0), bytes, waits === 'shortly' ? PATIENCE_MS : undefined)
        .then((piece) => {
          if (piece) inside.set(name, piece);
          else refused.push(name);
        });
      await clock.advance(0);
    },
    async leaves(name: string) {
      inside.get(name)?.leave();
      inside.delete(name);
      await clock.advance(0);
    },
  };
}

test('Pieces are admitted while there is room, and the next one when a piece leaves', async () => {
  const budget = openBudget(10);
  for (const name of ['a', 'b', 'c', 'd']) await budget.comes(name, 4);
  expect(budget.inside()).toEqual(['a', 'b']);
  await budget.leaves('b');
  expect(budget.inside()).toEqual(['a', 'c']);
  await budget.leaves('a');
  expect(budget.inside()).toEqual(['c', 'd']);
});

test('A large piece is not overtaken by another that would still fit', async () => {
  const budget = openBudget(10);
  await budget.comes('a', 6);
  await budget.comes('b', 8);
  await budget.comes('c', 1);
  expect(budget.inside()).toEqual(['a']);
  await budget.leaves('a');
  expect(budget.inside()).toEqual(['b', 'c']);
});

test('One owner gets half of the budget, two a third each, so that there is room for one more', async () => {
  const budget = openBudget(12);
  for (let n = 1; n <= 8; n++) await budget.comes(`a${n}`, 1);
  expect(budget.inside()).toHaveLength(6);
  await budget.leaves('a1');
  await budget.leaves('a2');
  const ofA = () => budget.inside().filter((name) => name.startsWith('a')).length;
  for (let n = 1; n <= 8; n++) await budget.comes(`b${n}`, 1);
  expect({ a: ofA(), all: budget.inside().length }).toEqual({ a: 6, all: 9 });
});

test('The only piece of an owner needs no more than room, and one larger than the budget is admitted alone', async () => {
  const budget = openBudget(10);
  await budget.comes('a', 9);
  expect(budget.inside()).toEqual(['a']);
  await budget.comes('b', 11);
  expect(budget.inside()).toEqual(['a']);
  await budget.leaves('a');
  expect(budget.inside()).toEqual(['b']);
});

test('A piece that finds no room in time is refused, and those behind it are admitted', async () => {
  const budget = openBudget(10);
  await budget.comes('a', 6);
  await budget.comes('b', 8);
  await budget.clock.advance(PATIENCE_MS - 1);
  await budget.comes('c', 2);
  expect(budget.refused).toEqual([]);
  await budget.clock.advance(1);
  expect(budget.refused).toEqual(['b']);
  expect(budget.inside()).toEqual(['a', 'c']);
});

test('Of one owner 100 requests may wait; others wait all the same', async () => {
  const budget = openBudget(10);
  await budget.comes('a', 10);
  for (let n = 1; n <= 101; n++) await budget.comes(`b${n}`, 5);
  expect(budget.refused).toEqual(['b101']);
  await budget.comes('c', 5);
  expect(budget.refused).toEqual(['b101']);
});

test('A request without a bound of time waits until there is room', async () => {
  const budget = openBudget(10);
  await budget.comes('a', 10);
  await budget.comes('b', 5, { waits: 'for ever' });
  await budget.clock.advance(PATIENCE_MS * 100);
  expect({ inside: budget.inside(), refused: budget.refused }).toEqual({ inside: ['a'], refused: [] });
  await budget.leaves('a');
  expect(budget.inside()).toEqual(['b']);
});

test('Of pieces that all lack room to grow one goes on, and the next when that one has left', async () => {
  const budget = openBudget(10);
  const grown: string[] = [];
  for (const name of ['a', 'b', 'c']) await budget.comes(name, 3);
  for (const name of ['a', 'b', 'c'])
    void budget
      .piece(name)
      .grow(4, PATIENCE_MS)
      .then((isGrown) => grown.push(`${name} ${isGrown}`));
  await budget.clock.advance(PATIENCE_MS - 1);
  expect(grown).toEqual(['a true']);
  await budget.leaves('a');
  await budget.leaves('b');
  expect(grown).toEqual(['a true', 'b true', 'c true']);
});

test('An owner whose pieces use up its share finishes its oldest one', async () => {
  const budget = openBudget(12);
  for (const name of ['a1', 'a2', 'a3']) await budget.comes(name, 2);
  expect(await budget.piece('a1').grow(4, PATIENCE_MS)).toBe(true);
  const younger = budget.piece('a2').grow(1, PATIENCE_MS);
  await budget.clock.advance(PATIENCE_MS);
  expect(await younger).toBe(false);
});

test('A piece that has become smaller leaves room for the next one', async () => {
  const budget = openBudget(10);
  await budget.comes('a', 9);
  await budget.comes('b', 5);
  expect(budget.inside()).toEqual(['a']);
  budget.piece('a').resize(3);
  await budget.clock.advance(0);
  expect(budget.inside()).toEqual(['a', 'b']);
});

test('Room that is given back twice counts once', async () => {
  const budget = openBudget(10);
  await budget.comes('a', 10);
  const piece = budget.piece('a');
  piece.leave();
  piece.leave();
  await budget.comes('b', 10);
  await budget.comes('c', 1);
  expect(budget.inside()).toEqual(['a', 'b']);
});
