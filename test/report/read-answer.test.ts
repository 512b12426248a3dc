// Valid fields of an application's answer are read, and invalid ones do no harm.
import { expect, test } from 'vitest';
import { readAnswer } from '../../src/report/read-answer.js';

const now = Date.UTC(2026, 0, 1);
const inSeconds = now / 1000;
const readValue = (next_sync_after: unknown) =>
  readAnswer(JSON.stringify({ ok: true, next_sync_after }), now).quietUntil;

test('a time in the future is read from Unix seconds, also from a fraction', () => {
  expect(readValue(inSeconds + 3600)).toBe(now + 3_600_000);
  expect(readValue(inSeconds + 0.5)).toBe(now + 500);
});

test('a time more than a year away is bounded to a year', () => {
  for (const far of [inSeconds + 3e9, now + 3_600_000, 1e300, Number.MAX_SAFE_INTEGER]) {
    expect(readValue(far)).toBe(now + 366 * 86_400_000);
  }
});

test('an infinite number is bounded to a year, too', () => {
  expect(readAnswer('{"next_sync_after": 1e999}', now).quietUntil).toBe(now + 366 * 86_400_000);
});

test.each([0, -1, inSeconds, inSeconds - 1, '9999999999', null, true, [], {}, undefined])(
  'no time to come: %o',
  (value) => {
    expect(readValue(value)).toBeUndefined();
  },
);

test.each(['', 'OK', 'null', '5', '"next_sync_after"', '[]', '{', '['.repeat(100_000)])(
  'no answer to speak of: %.40s',
  (answer) => {
    expect(readAnswer(answer, now)).toEqual({ hasMore: false, error: new Set(), notFound: new Set() });
  },
);

test.each([
  [1, true],
  [0.5, true],
  [1e9, true],
  [0, false],
  [-1, false],
  ['5', false],
  [true, false],
  [null, false],
  [[1], false],
  [{ count: 1 }, false],
  [undefined, false],
])('more to hand in, of a `queued` of %j: %s', (queued, hasMore) => {
  expect(readAnswer(JSON.stringify({ ok: true, queued }), now).hasMore).toBe(hasMore);
});

test('ids are read from a list of texts; anything else counts as none', () => {
  const { error, notFound } = readAnswer('{"error": ["a", 5, null, "a"], "not_found": "b"}', now);
  expect([error, notFound]).toEqual([new Set(['a']), new Set()]);
});
