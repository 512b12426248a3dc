// The address that a call counts for: X-Forwarded-For is trusted for as many entries as there are proxies.
import type { Context } from 'hono';
import { expect, test } from 'vitest';
import type { ApiEnv } from '../../../src/api/middleware/authenticate.js';
import { callerAddress } from '../../../src/api/middleware/caller-address.js';

function addressOf(proxies: number, peer: string, forwarded?: string): string {
  const call = {
    env: { incoming: { socket: { remoteAddress: peer } } },
    req: { header: () => forwarded },
  } as unknown as Context<ApiEnv>;
  return callerAddress(call, proxies);
}

test.each([
  [0, '192.0.2.1', '203.0.113.9', '192.0.2.1'],
  [1, '192.0.2.1', undefined, '192.0.2.1'],
  [1, '192.0.2.1', '', '192.0.2.1'],
  [1, '192.0.2.1', '203.0.113.9', '203.0.113.9'],
  [1, '192.0.2.1', '10.9.9.9, 203.0.113.9', '203.0.113.9'],
  [2, '192.0.2.1', '10.9.9.9, 203.0.113.9,192.0.2.7', '203.0.113.9'],
  [2, '192.0.2.1', '203.0.113.9', '203.0.113.9'],
  [1, '192.0.2.1', '203.0.113.9:4711', '203.0.113.9'],
  [1, '192.0.2.1', '[2001:db8::1]:4711', '2001:db8:0:0::/64'],
  [1, '192.0.2.1', 'unknown', '192.0.2.1'],
  [1, '192.0.2.1', '<script>', '192.0.2.1'],
])('behind %i proxies, %s with X-Forwarded-For %s counts as %s', (proxies, peer, forwarded, counted) => {
  expect(addressOf(proxies, peer, forwarded)).toBe(counted);
});

test.each([
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:2::', '2001:db8:1:2::/64'],
  ['2001:db8::5', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
])('the address %s counts as %s', (address, counted) => {
  expect(addressOf(0, address)).toBe(counted);
});
