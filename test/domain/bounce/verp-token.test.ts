// A VERP token names its message and recipient, survives what mail servers do to it, and cannot be forged.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { ulid } from 'ulid';
import { expect, test } from 'vitest';
import { unwrapEnvelope } from '../../../src/bounce/parse/unwrap-envelope.js';
import { makeVerpToken, verifyVerpToken } from '../../../src/domain/bounce/verp-token.js';

const key = Buffer.alloc(32, 7);
const claim = { pk: '01JDQZ8V7N3M5P9R1T2W4X6Y8Z', recipient: 3 };
const addressOf = (token: string) => `bounces+${token}@example.com`;

test('a token that was made is verified, for every message and recipient', () => {
  const some = fc.record({
    pk: fc.integer({ min: 0, max: 2 ** 48 - 1 }).map((time) => ulid(time)),
    recipient: fc.option(fc.integer({ min: 0, max: 65_534 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(some, (one) => {
      expect(verifyVerpToken(addressOf(makeVerpToken(one, key)), [key])).toEqual(one);
    }),
  );
});

test('a local part with the token is within what mail servers must take', () => {
  expect(addressOf(makeVerpToken(claim, key)).split('@')[0]?.length).toBeLessThanOrEqual(64);
});

test.each([
  ['in capitals', (address: string) => address.toUpperCase()],
  ['with BATV', (address: string) => `prvs=1234567890=${address}`],
  [
    'forwarded with SRS',
    (address: string) => `SRS0=HHH=TT=example.com=${address.split('@')[0]}@forwarder.example`,
  ],
])('a token %s is verified', (_how, change) => {
  const { unwrapped } = unwrapEnvelope(change(addressOf(makeVerpToken(claim, key))));
  expect(verifyVerpToken(unwrapped, [key])).toEqual(claim);
});

test('a token of an earlier key is verified with that key, and of another key never', () => {
  const address = addressOf(makeVerpToken(claim, key));
  expect(verifyVerpToken(address, [randomBytes(32), key])).toEqual(claim);
  expect(verifyVerpToken(address, [randomBytes(32)])).toBeUndefined();
});

test('a token with any other character in it proves nothing', () => {
  const token = makeVerpToken(claim, key);
  for (let at = 0; at < token.length - 1; at++) {
    const forged = token.slice(0, at) + (token[at] === '0' ? '1' : '0') + token.slice(at + 1);
    expect(verifyVerpToken(addressOf(forged), [key])).toBeUndefined();
  }
});

test('an address without a token proves nothing', () => {
  for (const address of [
    'bounces@example.com',
    'a',
    '',
    `bounces+${'0'.repeat(47)}@example.com`,
    `x@${makeVerpToken(claim, key)}`,
  ]) {
    expect(verifyVerpToken(address, [key])).toBeUndefined();
  }
});
