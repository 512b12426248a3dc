// A report to an address that answers no connection ends after the connect time-out.
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { readConfig } from '../../src/config.js';
import { openPoster } from '../../src/report/post.js';
import { type Child, startChild } from '../support/programs/child.js';

/** Listens and accepts no connection: once its backlog is full, the kernel answers no further ones. */
const deaf = `
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, server.address().port + ' is the port\\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;

let server: Child;
let port: number;
const line: Socket[] = [];

beforeAll(async () => {
  server = startChild(process.execPath, ['-e', deaf]);
  await server.printed(/(\d+) is the port/, 20_000);
  port = Number.parseInt(server.output(), 10);
  // More than fit into the line; those that do not, wait for an answer.
  for (let n = 0; n < 8; n++) line.push(connect(port, '127.0.0.1').on('error', () => {}));
});
afterAll(async () => {
  for (const socket of line) socket.destroy();
  await server.end('SIGKILL');
});

test('a report to such an address is given up long before the time-out of the whole call', async () => {
  const env = { GMP_REPORT_CONNECT_TIMEOUT_SECONDS: '1', GMP_REPORT_TIMEOUT_SECONDS: '600' };
  const poster = openPoster({ config: readConfig(env), clock: systemClock });
  const url = `http://127.0.0.1:${port}/`;
  const target = { url, auth: { method: 'none' } as const, isTrusted: true, shared: false };
  const report = { tenantId: 'shop', entries: [] };
  const result = await poster.post(target, report, async () => ({}), new AbortController().signal);
  expect(result).toEqual({ kind: 'refused', reason: expect.stringMatching(/connect timeout/i) });
  await poster.close();
});
