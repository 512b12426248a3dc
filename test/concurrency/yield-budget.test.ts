// Work is spread over turns of the event loop: each turn starts its budget, urgent work first.
import { expect, test } from 'vitest';
import { openYieldBudget } from '../../src/concurrency/yield-budget.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function begun(perTurn: number) {
  const budget = openYieldBudget(perTurn);
  const names: string[] = [];
  return {
    names,
    ask: (name: string, weight: number, isUrgent = false) =>
      void budget(weight, isUrgent).then(() => names.push(name)),
  };
}

test('a turn starts as much work as its budget, and the next turn goes on from there', async () => {
  const { names, ask } = begun(10);
  for (const name of ['a', 'b', 'c', 'd', 'e']) ask(name, 4);
  await Promise.resolve();
  expect(names).toEqual(['a', 'b', 'c']);
  await turn();
  expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('work heavier than the budget has a turn of its own, and nothing is left behind', async () => {
  const { names, ask } = begun(10);
  for (const name of ['a', 'b', 'c']) ask(name, 1000);
  const seen: number[] = [];
  for (let n = 0; n < 3; n++) {
    await Promise.resolve();
    seen.push(names.length);
    await turn();
  }
  expect(seen).toEqual([1, 2, 3]);
  ask('d', 1);
  await Promise.resolve();
  expect(names).toEqual(['a', 'b', 'c', 'd']);
});

test('urgent work precedes all that wait', async () => {
  const { names, ask } = begun(10);
  ask('first', 10);
  for (let n = 0; n < 100; n++) ask(`large-${n}`, 10);
  ask('urgent', 1, true);
  await turn();
  expect(names.slice(0, 2)).toEqual(['first', 'urgent']);
});
