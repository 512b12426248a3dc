// UIDs become sets that name each of them once, and no other, in commands that every server takes.
import { expect, test } from 'vitest';
import { uidSets } from '../../src/bounce/mailbox/uid-sets.js';

test.each([
  [[], []],
  [[7], ['7']],
  [[7, 8], ['7:8']],
  [[1, 2, 3, 5, 7, 8], ['1:3,5,7:8']],
])('%j is %j', (uids, sets) => {
  expect(uidSets(uids)).toEqual(sets);
});

test('a long list is cut between UIDs, and nothing is lost', () => {
  const uids = Array.from({ length: 400 }, (_, n) => 4_000_000_000 + 2 * n);
  const sets = uidSets(uids);
  expect(sets.length).toBeGreaterThan(1);
  for (const set of sets) expect(set.length).toBeLessThanOrEqual(900);
  expect(sets.join(',').split(',').map(Number)).toEqual(uids);
});
