// A connection is opened ahead as the last unreserved slot is taken, but not soon after the server refused one.
import { expect, test } from 'vitest';
import type { Config } from '../../../../src/config.js';
import { openSpareRule } from '../../../../src/send/smtp/pool/spare-rule.js';
import { fakeClock } from '../../../support/stage/fake-clock.js';

function ruleFor(maxConcurrentPerAccount: number) {
  const clock = fakeClock();
  return { clock, rule: openSpareRule({ clock, config: { maxConcurrentPerAccount } as Config }) };
}

test('it is due when all slots but the reserved one have a connection, and none is free', () => {
  const { rule } = ruleFor(10);
  expect([8, 9, 10].map((inUse) => rule.isDue(inUse, 0))).toEqual([false, true, false]);
  expect(rule.isDue(9, 1)).toBe(false);
});

test('it is never due where no slot is reserved', () => {
  const { rule } = ruleFor(9);
  expect([8, 9, 10].map((inUse) => rule.isDue(inUse, 0))).toEqual([false, false, false]);
});

test('it is not due for a minute after a refusal', async () => {
  const { rule, clock } = ruleFor(10);
  rule.hold();
  await clock.advance(59_999);
  expect(rule.isDue(9, 0)).toBe(false);
  await clock.advance(1);
  expect(rule.isDue(9, 0)).toBe(true);
});
