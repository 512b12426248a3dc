// A report to an endpoint that never answers ends with its time-out, also once the garbage collector has run meanwhile.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { readConfig } from '../../src/config.js';
import { openPoster } from '../../src/report/post.js';

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  setFlagsFromString('--no-expose-gc');
}

test('a report to such an endpoint is given up', async () => {
  const poster = openPoster({ config: readConfig({ GMP_REPORT_TIMEOUT_SECONDS: '1' }), clock: systemClock });
  const server = createServer(collectGarbage).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const target = { url, auth: { method: 'none' } as const, isTrusted: true, shared: false };
  const report = { tenantId: 'shop', entries: [] };
  const result = await poster.post(target, report, async () => ({}), new AbortController().signal);
  expect(result).toEqual({ kind: 'refused', reason: 'The operation was aborted due to timeout' });
  poster.close();
  server.close();
  server.closeAllConnections();
});
