// Secrets sealed for the database open with their key alone, and tokens are compared by hash.
import { expect, test } from 'vitest';
import { hashToken, newToken, openSecrets, sameHash } from '../src/secrets.js';

const secrets = openSecrets(Buffer.alloc(32, 1));
const wrongKey = expect.objectContaining({ code: 'wrong_encryption_key' });

function faultOf(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

const place = ['account.password', 'shop', 'main'];

test.each(['', 'password', 'pässwörd 🔑', 'x'.repeat(100_000), 'a\0b\r\n'])(
  'what was sealed opens again',
  (text) => {
    expect(secrets.open(secrets.seal(text, place), place)).toBe(text);
  },
);

test('sealing the same text twice gives different results, neither of which shows it', () => {
  const [one, two] = [secrets.seal('password', place), secrets.seal('password', place)];
  expect(one).not.toBe(two);
  expect(Buffer.from(one.slice(3), 'base64').toString('latin1')).not.toContain('password');
});

test('a fingerprint is the same for the same text and key alone, and none of the text', () => {
  const print = secrets.fingerprint('password');
  expect(print).toMatch(/^[0-9a-f]{32}$/);
  expect(openSecrets(Buffer.alloc(32, 1)).fingerprint('password')).toBe(print);
  expect(secrets.fingerprint('Password')).not.toBe(print);
  expect(openSecrets(Buffer.alloc(32, 2)).fingerprint('password')).not.toBe(print);
});

test('another key does not open it', () => {
  const others = openSecrets(Buffer.alloc(32, 2));
  expect(faultOf(() => others.open(secrets.seal('password', place), place))).toEqual(wrongKey);
});

test('a sealed text opens for the kind and the row that it was sealed for alone, also while keys are rotated', () => {
  const sealed = secrets.seal('password', place);
  const rotating = openSecrets(Buffer.alloc(32, 2), [Buffer.alloc(32, 1)]);
  for (const other of [
    ['account.password', 'shop', 'second'],
    ['account.password', 'other', 'main'],
    ['tenant.client_auth', 'shop', 'main'],
    ['account.password', 'shopmain'],
    ['account.password', 'shop', 'main', ''],
    [],
  ]) {
    expect(faultOf(() => secrets.open(sealed, other))).toEqual(wrongKey);
    expect(faultOf(() => rotating.reseal(sealed, other))).toEqual(wrongKey);
  }
  const resealed = rotating.reseal(sealed, place) ?? '';
  expect(rotating.open(resealed, place)).toBe('password');
});

test('a sealed text of which any byte was changed does not open', () => {
  const bytes = Buffer.from(secrets.seal('password', place).slice(3), 'base64');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(faultOf(() => secrets.open(`v1:${changed.toString('base64')}`, place))).toEqual(wrongKey);
  }
});

test.each(['', 'v1:', 'v1:AAAA', 'password', `v1:${Buffer.alloc(27).toString('base64')}`])(
  'what was never sealed does not open: "%s"',
  (text) => {
    expect(faultOf(() => secrets.open(text, place))).toEqual(wrongKey);
  },
);

test('previous keys open what they sealed, and only the current one seals', () => {
  const [first, second, current] = [1, 2, 3].map((n) => Buffer.alloc(32, n)) as [Buffer, Buffer, Buffer];
  const all = openSecrets(current, [second, first]);
  for (const key of [first, second, current])
    expect(all.open(openSecrets(key).seal('password', place), place)).toBe('password');
  expect(openSecrets(current).open(all.seal('password', place), place)).toBe('password');
  expect(faultOf(() => openSecrets(second, [first]).open(all.seal('password', place), place))).toEqual(
    wrongKey,
  );
});

test('resealing leaves alone what the current key has sealed, and refuses what no key opens', () => {
  const rotating = openSecrets(Buffer.alloc(32, 2), [Buffer.alloc(32, 1)]);
  const resealed = rotating.reseal(secrets.seal('password', place), place) ?? '';
  expect(openSecrets(Buffer.alloc(32, 2)).open(resealed, place)).toBe('password');
  expect(rotating.reseal(resealed, place)).toBeUndefined();
  expect(
    faultOf(() => rotating.reseal(openSecrets(Buffer.alloc(32, 3)).seal('password', place), place)),
  ).toEqual(wrongKey);
});

test('a token is 43 characters of URL-safe base64, and never the same', () => {
  const tokens = Array.from({ length: 100 }, newToken);
  expect(tokens.every((token) => /^[\w-]{43}$/.test(token))).toBe(true);
  expect(new Set(tokens).size).toBe(100);
});

test('hashes are the same only when all of them is', () => {
  const hash = hashToken('token');
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(sameHash(hash, hashToken('token'))).toBe(true);
  expect([hashToken('Token'), hash.slice(1), `${hash}0`, ''].map((other) => sameHash(hash, other))).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
