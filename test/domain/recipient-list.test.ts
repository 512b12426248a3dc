// Results of recipients are stored with each error once, and shown as they were, within a bound.
import { expect, test } from 'vitest';
import type { RecipientResult } from '../../src/domain/message.js';
import { packRecipients, unpackRecipients } from '../../src/domain/recipient-list.js';

const result = (n: number, error?: string, status: RecipientResult['status'] = 'error'): RecipientResult => ({
  address: `r${n}@example.org`,
  status,
  ...(error !== undefined && { error }),
});

test('An error that many recipients have is stored once, and shown for each', () => {
  const results = Array.from({ length: 1000 }, (_, n) => result(n, `no such user ${'x'.repeat(200)}`));
  const stored = JSON.stringify(packRecipients(results));
  expect(stored.split('no such user')).toHaveLength(2);
  expect(unpackRecipients(JSON.parse(stored))).toEqual(results);
});

test('Recipients of another status keep their text, because the deferred ones may be given another', () => {
  const results = [
    result(1, 'full', 'deferred'),
    result(2, 'full'),
    result(3, 'full', 'deferred'),
    result(4),
  ];
  const packed = packRecipients(results);
  expect(packed.map(({ error }) => error)).toEqual(['full', 'full', 0, undefined]);
  expect(unpackRecipients(packed)).toEqual(results);
});

test('A list is shown with a MiB of errors at most, and with every recipient', () => {
  const results = Array.from({ length: 30_000 }, (_, n) => result(n, 'x'.repeat(300)));
  const shown = unpackRecipients(packRecipients(results));
  expect(shown).toHaveLength(30_000);
  expect(JSON.stringify(shown).length).toBeLessThan(1024 * 1024 + 30_000 * 60);
});
