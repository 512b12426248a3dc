// Retry-After is read by RFC 9110, and a pause is as long as the server asks for, up to a bound.
import { expect, test } from 'vitest';
import { readRetryAfter } from '../../src/dial/retry-after.js';
import { pauseMs } from '../../src/workers/reports/report-retry.js';

const now = Date.UTC(2026, 0, 1);

test.each([
  ['120', 120_000],
  [' 0 ', 0],
  ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
  ['Thursday, 01-Jan-26 00:01:00 GMT', 60_000],
  ['Wed, 31 Dec 2025 23:00:00 GMT', 0],
  ['-5', undefined],
  ['1.5', undefined],
  ['2026-01-01', undefined],
  ['Sun of a gun', undefined],
  ['', undefined],
])('"%s" is %s ms', (header, ms) => {
  expect(readRetryAfter(header, now)).toBe(ms);
});

test('of several headers the first counts, and without a header there is no pause', () => {
  expect(readRetryAfter(['5', '9'], now)).toBe(5000);
  expect(readRetryAfter(undefined, now)).toBeUndefined();
});

test.each([
  [1, 300, undefined, 900, 1100],
  [4, 300, undefined, 7200, 8800],
  [50, 300, undefined, 270_000, 330_000],
  [1, 300, 120_000, 120_000, 132_000],
  [9, 300, 1000, 230_000, 282_000],
  [1, 300, 1e12, 3_600_000, 3_960_000],
  [1, 7200, 1e12, 7_200_000, 7_920_000],
  [-3, 300, 0, 900, 1100],
])(
  'after %s failures, %s s at most, %s ms asked for: between %s and %s',
  (failures, longest, asked, from, to) => {
    for (let i = 0; i < 200; i++) {
      const pause = pauseMs(failures, longest, asked);
      expect(pause).toBeGreaterThanOrEqual(from);
      expect(pause).toBeLessThanOrEqual(to);
    }
  },
);
