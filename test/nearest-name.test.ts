// A misspelt or guessed name leads to the known one that it most likely stands for.
import { expect, test } from 'vitest';
import { nearestName } from '../src/nearest-name.js';

const known = [
  'id',
  'host',
  'port',
  'user',
  'password',
  'use_tls',
  'ttl',
  'to',
  'reply_to',
  'client_sync_path',
];

test.each([
  ['username', 'user'],
  ['pass', 'password'],
  ['passwd', 'password'],
  ['tls', 'use_tls'],
  ['ssl', 'use_tls'],
  ['replyto', 'reply_to'],
  ['Reply-To', 'reply_to'],
  ['client_sync_url', 'client_sync_path'],
  ['smtp_host', 'host'],
  ['PORT', 'port'],
  ['prto', 'port'],
])('%s leads to %s', (name, nearest) => {
  expect(nearestName(name, known)).toBe(nearest);
});

test.each(['customer', 'zzz', '', '_', 'x'.repeat(100_000)])('%j leads nowhere', (name) => {
  expect(nearestName(name, known)).toBeUndefined();
});

test('a word of other programs leads nowhere where its field is not known', () => {
  expect(nearestName('ssl', ['name'])).toBeUndefined();
});
