// A large body leaves in pieces with other work of the process in between, however fast the server takes it.
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { readConfig } from '../../../src/config.js';
import type { Connection } from '../../../src/send/smtp/connection.js';
import { sendBody } from '../../../src/send/smtp/send-body.js';
import { fakeClock } from '../../support/stage/fake-clock.js';

test('a body of 20 MB leaves in many turns of the event loop, whole and in order', async () => {
  const raw = Buffer.alloc(20_000_000, 'line of a mail\r\n');
  const target = new PassThrough({ highWaterMark: 1_000_000_000 });
  const ctx = { config: readConfig({}), clock: fakeClock() };
  const connection = { ended: false } as Connection;
  const stop = sendBody(ctx, connection, { target, raw, rest: undefined, beforeBody: undefined }, () => {});
  let turns = 0;
  while (!target.writableFinished) {
    await new Promise((resolve) => setImmediate(resolve));
    turns += 1;
  }
  stop();
  expect(turns).toBeGreaterThan(30);
  expect(raw.equals(target.read())).toBe(true);
});
