// Callers that send slowly or not at all lose their connection in time and delay no other caller.
import { beforeAll, expect, test } from 'vitest';
import { openRawCall } from '../../support/http/raw-call.js';
import { ADMIN_TOKEN } from '../../support/programs/service.js';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
beforeAll(async () => {
  stage = await setApiStage({
    GMP_HTTP_HEADERS_TIMEOUT_SECONDS: '1',
    GMP_HTTP_REQUEST_TIMEOUT_SECONDS: '2',
    GMP_HTTP_KEEP_ALIVE_SECONDS: '1',
  });
  await stage.tenant('shop');
  await stage.account('shop', 'main');
});

const timedOut = /^HTTP\/1\.1 408 .*\r\nx-request-id: \S+\r\n.*\{"detail":"Request Timeout"\}$/is;

/** Sends a byte now and then, so that the connection is never silent, until it is closed. */
async function trickle(head: string, drop: string): Promise<string> {
  const call = openRawCall(stage.service.port);
  call.send(head);
  const drops = setInterval(() => call.send(drop), 100);
  try {
    return await call.closed;
  } finally {
    clearInterval(drops);
  }
}

const post = (headers: string) =>
  `POST /commands/add-messages HTTP/1.1\r\nHost: x\r\nX-API-Token: ${ADMIN_TOKEN}\r\n${headers}\r\n\r\n`;

test('200 connections that dribble their headers are answered 408, while others are served', async () => {
  const slow = Array.from({ length: 200 }, () =>
    trickle('GET /health HTTP/1.1\r\nHost: x\r\n', 'X-A: b\r\n'),
  );
  expect((await stage.add([message()])).status).toBe(200);
  for (const answer of await Promise.all(slow)) expect(answer).toMatch(timedOut);
});

test.each([
  ['with a Content-Length', 'Content-Length: 100000', ' '],
  ['in chunks', 'Transfer-Encoding: chunked', '1\r\n \r\n'],
])(
  'A body that dribbles %s is answered 408, and nothing of it is queued or logged',
  async (_how, headers, drop) => {
    expect(await trickle(post(headers), drop)).toMatch(timedOut);
    expect((await stage.list({ tenant_id: 'shop' })).body.messages.length).toBeLessThanOrEqual(1);
    expect(stage.service.output()).not.toContain('A request failed');
  },
);

test.each([
  ['nothing', ''],
  ['half a line', 'GET /hea'],
])('A connection on which %s is sent is closed', async (_what, bytes) => {
  const call = openRawCall(stage.service.port);
  if (bytes !== '') call.send(bytes);
  expect(await call.closed).toMatch(timedOut);
});

test('An idle connection is closed after the keep-alive time', async () => {
  const call = openRawCall(stage.service.port);
  call.send('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await call.closed).toMatch(/^HTTP\/1\.1 200 .*\r\nkeep-alive: timeout=1\r\n/is);
});
