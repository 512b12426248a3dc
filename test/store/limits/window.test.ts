// The arithmetic of a window: when a message at a place in line has room in it.
import { expect, test } from 'vitest';
import { fullness, windows } from '../../../src/store/limits/window.js';

const [minute] = windows;
const now = 1_000_000;
const state = { limit: 3, inFlight: 0, rank: 1, now, decidingAt: undefined };
const full = (fields: Partial<Parameters<typeof fullness>[1]>) => fullness(minute!, { ...state, ...fields });

test('a window without a limit, or with room, is not full', () => {
  expect(full({ limit: 0, decidingAt: now })).toBeUndefined();
  expect(full({})).toBeUndefined();
  expect(full({ decidingAt: now - 60_002 })).toBeUndefined();
});

test('a full window opens when the deciding entry has left it, 2 ms late', () => {
  expect(full({ decidingAt: now - 60_001 })).toEqual({ name: 'minute', limit: 3, opensInMs: 1 });
  expect(full({ decidingAt: now })).toMatchObject({ opensInMs: 60_002 });
});

test('a message behind more sends than the window takes at once waits for whole windows as well', () => {
  expect(full({ rank: 4 })).toMatchObject({ opensInMs: 60_000 });
  expect(full({ rank: 7, decidingAt: now })).toMatchObject({ opensInMs: 60_002 + 120_000 });
});

test('nobody can tell when a window opens that sends in flight fill, or may free for the first in line', () => {
  expect(full({ inFlight: 3 })).toEqual({ name: 'minute', limit: 3, opensInMs: undefined });
  expect(full({ inFlight: 1, decidingAt: now })).toMatchObject({ opensInMs: undefined });
  expect(full({ inFlight: 1, rank: 2, decidingAt: now })).toMatchObject({ opensInMs: 60_002 });
});
