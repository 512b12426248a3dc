// No caller holds memory or connections for long: bodies have to come at a pace, answers have to be read, and connections
// are counted. Time is the test's.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { expect, onTestFinished, test } from 'vitest';
import { boundConnections } from '../../../src/api/bound-connections.js';
import { answerError } from '../../../src/api/middleware/answer-error.js';
import type { ApiEnv } from '../../../src/api/middleware/authenticate.js';
import { answerJson, holdAnswer } from '../../../src/api/middleware/hold-answer.js';
import { limitBody } from '../../../src/api/middleware/limit-body.js';
import { readConfig } from '../../../src/config.js';
import { openMemory } from '../../../src/memory.js';
import { openRawCall } from '../../support/http/raw-call.js';
import { silentLog } from '../../support/stage/silent-log.js';

const answerBytes = 30_000_000;

/** Only `tick` makes time pass. */
function openClock() {
  let at = 0;
  const tasks = new Set<() => void>();
  return {
    tasks,
    now: () => at,
    monotonic: () => at,
    after: () => () => undefined,
    sleep: () => new Promise<void>(() => undefined),
    every(_ms: number, task: () => void) {
      tasks.add(task);
      return () => tasks.delete(task);
    },
    tick(seconds: number) {
      for (let n = 0; n < seconds; n++) {
        at += 1000;
        for (const task of tasks) task();
      }
    },
  };
}

async function serve(bounds = { maxConnections: 100, maxConnectionsPerAddress: 100 }) {
  const clock = openClock();
  const config = { ...readConfig({}), maxBodyMb: 1, maxPayloadsMb: 2 };
  const memory = openMemory(clock, config);
  let begun = 0;
  const app = new Hono<ApiEnv>();
  app.onError((error, c) => answerError({ log: silentLog }, error, c));
  app.use(async (c, next) => {
    c.set('caller', { kind: 'tenant', tenantId: 'shop', tokenName: 'default' });
    await next();
  });
  app.use(limitBody({ clock, config, memory }));
  app.post('/body', (c) => c.text('taken'));
  app.get('/small', (c) => c.text('small'));
  app.get('/large', async (c) => {
    await holdAnswer({ memory }, c)(answerBytes);
    const answer = await answerJson(c, { text: 'x'.repeat(answerBytes) });
    begun += 1;
    return answer;
  });
  const server = createServer(getRequestListener(app.fetch, { autoCleanupIncoming: false }));
  boundConnections(server, bounds, clock);
  const closed: Socket[] = [];
  server.on('connection', (socket: Socket) => socket.once('close', () => closed.push(socket)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const small = async () => (await fetch(`http://127.0.0.1:${port}/small`)).status;
  return { clock, port, closed, small, begun: () => begun };
}

const post = (length: number) => `POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

test('a body that comes at less than 4 KiB a second is answered 408 after ten seconds, and one that keeps the pace is taken', async () => {
  const { clock, port, small } = await serve();
  const slow = openRawCall(port);
  slow.send(`${post(100_000)}{`);
  const steady = openRawCall(port);
  steady.send(`${post(50_000)}${'x'.repeat(45_000)}`);
  // One for the connections, and one for each body.
  await expect.poll(() => clock.tasks.size).toBe(3);
  clock.tick(9);
  expect(await small()).toBe(200);
  expect(slow.answer()).toBe('');
  clock.tick(1);
  expect(await slow.answered(/ 408 /)).toContain('The body came at less than 4096 bytes a second');
  expect(steady.answer()).toBe('');
  steady.send('x'.repeat(5000));
  await steady.answered(/ 200 [\s\S]*taken/);
  steady.cut();
});

test('a caller that does not read its answer is cut off after half a minute, and its memory serves the next one', async () => {
  const { clock, port, closed, small, begun } = await serve();
  const ask = () => {
    const socket = connect(port, '127.0.0.1').pause();
    socket.on('error', () => undefined).write('GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    onTestFinished(() => void socket.destroy());
    return socket;
  };
  ask();
  await expect.poll(begun).toBe(1);
  let received = 0;
  const reading = ask().on('data', (chunk) => {
    received += chunk.length;
  });
  const ended = once(reading, 'close');
  reading.resume();
  clock.tick(25);
  expect(await small()).toBe(200);
  expect([received, closed.length, begun()]).toEqual([0, 0, 1]);
  await expect
    .poll(
      () => {
        clock.tick(1);
        return closed.length;
      },
      { timeout: 20_000 },
    )
    .toBe(1);
  await ended;
  expect(received).toBeGreaterThan(answerBytes);
});

test('connections beyond the bound of an address, or beyond that of all, are closed, and ended ones make room', async () => {
  const { port, closed } = await serve({ maxConnections: 5, maxConnectionsPerAddress: 3 });
  const open = async (localAddress: string) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => undefined).write('GET /small HTTP/1.1\r\nHost: x\r\n\r\n');
    const [isServed] = await Promise.race([
      once(socket, 'data').then(() => [true]),
      once(socket, 'close').then(() => [false]),
    ]);
    return { socket, isServed };
  };
  const served = [];
  for (const host of [1, 1, 1, 1, 2, 2, 3]) served.push(await open(`127.0.0.${host}`));
  expect(served.map(({ isServed }) => isServed)).toEqual([true, true, true, false, true, true, false]);
  const before = closed.length;
  served[0]?.socket.destroy();
  await expect.poll(() => closed.length).toBe(before + 1);
  expect((await open('127.0.0.3')).isServed).toBe(true);
  expect((await open('127.0.0.1')).isServed).toBe(false);
});
