// An answer repeats a name that the caller chose only where the name is harmless wherever it is shown.
import { expect, test } from 'vitest';
import { isPlainName } from '../../src/domain/plain-name.js';

test.each(['shop', 'X-Shop.1', '__proto__', 'a'.repeat(64)])('%s is repeated', (name) => {
  expect(isPlainName(name)).toBe(true);
});

test.each(['', '<b>', 'a b', 'a\nb', 'ünter', '$(x)', 'a'.repeat(65)])('%s is not repeated', (name) => {
  expect(isPlainName(name)).toBe(false);
});
