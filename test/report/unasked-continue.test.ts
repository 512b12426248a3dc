// What an endpoint says beside its answer: unasked 1xx are passed over, and text that is no HTTP is not repeated.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { readConfig } from '../../src/config.js';
import { openPoster } from '../../src/report/post.js';

async function postTo(answer: string) {
  const { post } = await endpoint((socket) => socket.once('data', () => socket.write(answer)));
  return post();
}

async function endpoint(serve: (socket: Socket) => void) {
  const server = createServer((socket) => serve(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const poster = openPoster({ config: readConfig({}), clock: systemClock });
  onTestFinished(() => {
    poster.close();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const target = { url, auth: { method: 'none' } as const, isTrusted: true, shared: false };
  const report = { tenantId: 'shop', entries: [] };
  return { post: () => poster.post(target, report, async () => ({}), new AbortController().signal) };
}

const final = 'HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{"ok": true}';

test.each([
  ['100 Continue', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ['two of them', 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n'],
  ['102 Processing', 'HTTP/1.1 102 Processing\r\n\r\n'],
  ['103 Early Hints', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'],
])('a report is judged by the final status, also after an unasked %s', async (_name, first) => {
  expect(await postTo(first + final)).toEqual({ kind: 'acknowledged', answer: '{"ok": true}' });
  expect(await postTo(`${first}HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n`)).toEqual({
    kind: 'refused',
    reason: 'HTTP 503',
  });
});

test('on a connection that stays open, each report has its own final status after the 1xx', async () => {
  let connections = 0;
  const finals = [final, final, 'HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n'];
  const interim = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n';
  const { post } = await endpoint((socket) => {
    connections += 1;
    // The end of the body of a report: its head has no such text.
    socket.on('data', (chunk) => chunk.includes('[]}') && socket.write(interim + finals.shift()));
  });
  const kinds = [];
  while (finals.length > 0) {
    kinds.push((await post()).kind);
    // Node gives the connection back in a turn of its own.
    await setImmediate();
  }
  expect(kinds).toEqual(['acknowledged', 'acknowledged', 'refused']);
  expect(connections).toBe(1);
});

test.each([
  ['answers 101', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
  [
    'answers 100 and then 101',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 x\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
  ],
])('an endpoint that %s has refused the report, whatever follows', async (_what, first) => {
  expect(await postTo(first + final)).toMatchObject({
    kind: 'refused',
    reason: expect.stringMatching(/^HTTP 101/),
  });
});

test('an endpoint that speaks no HTTP is refused without repeating what it said', async () => {
  const result = await postTo('SSH-2.0-internal_7.4\r\n');
  expect(result).toEqual({
    kind: 'refused',
    reason: expect.stringMatching(/^The endpoint does not answer as HTTP does/),
  });
  expect(JSON.stringify(result)).not.toContain('SSH');
});
