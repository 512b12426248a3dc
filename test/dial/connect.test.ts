// A connection goes to an address that was checked, whatever a tenant's name server answers.
import { promises as dns } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.js';
import { readConfig } from '../../src/config.js';
import { connectTo } from '../../src/dial/connect.js';
import { openDnsLookup } from '../../src/dial/dns-lookup.js';
import { openPoster } from '../../src/report/post.js';
import { type NameServer, startNameServer } from '../support/servers/name-server.js';

/** 127.0.0.2 stands for a public address, 127.0.0.1 for a private one. */
const config = readConfig({
  GMP_PRIVATE_NETWORKS: '127.0.0.2/32',
  GMP_TENANT_SMTP_PORTS: '1-65535',
  GMP_TENANT_HTTP_PORTS: '1-65535',
});
const refusal = /GMP_PRIVATE_NETWORKS/;

let names: NameServer;
let server: Server;
let reached: (string | undefined)[] = [];
beforeAll(async () => {
  let asked = 0;
  names = await startNameServer((name) => {
    if (name === 'mixed.test') return ['127.0.0.1', '127.0.0.2', '::1'];
    if (name === 'private.test') return ['127.0.0.1', '::1', '::ffff:127.0.0.1'];
    asked += 1;
    return asked === 1 ? ['127.0.0.2'] : ['127.0.0.1'];
  });
  server = createServer((socket) => {
    reached.push(socket.localAddress?.replace('::ffff:', ''));
    socket.on('error', () => {}).end();
  });
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
});
afterAll(async () => {
  server.close();
  await names.stop();
});

const port = () => (server.address() as AddressInfo).port;

function lookup() {
  return openDnsLookup(
    { clock: systemClock },
    {
      hostsFile: '/nowhere',
      openResolver: () => {
        const resolver = new dns.Resolver({ timeout: 1000, tries: 2 });
        resolver.setServers([names.address]);
        return resolver;
      },
      bySystem: (_name, _options, callback) => callback(new Error('not asked'), []),
    },
  );
}

async function connected(host: string, isTrusted = false): Promise<string | undefined> {
  const destination = { protocol: 'smtp', host, port: port(), isTrusted } as const;
  const cut = new AbortController().signal;
  const socket = await connectTo({ config }, lookup(), destination, { ms: 20_000, cut });
  const { remoteAddress } = socket;
  socket.destroy();
  return remoteAddress;
}

test('of several addresses only those that may be reached are tried', async () => {
  expect(await connected('mixed.test')).toBe('127.0.0.2');
  expect(await connected('private.test', true)).toMatch(/127\.0\.0\.1|::1/);
});

test('a name all of whose addresses are private is refused, without naming an address', async () => {
  const fault = await connected('private.test').catch((error: Error) => error.message);
  expect(fault).toMatch(refusal);
  expect(fault).not.toContain('127.0.0.1');
});

test('a name that has another address the next time is asked once, and reached where it was checked', async () => {
  const before = names.asked.length;
  expect(await connected('rebinding.test')).toBe('127.0.0.2');
  expect(names.asked.slice(before).sort()).toEqual(['A rebinding.test', 'AAAA rebinding.test']);
  await expect(connected('rebinding.test')).rejects.toThrow(refusal);
});

test('the same holds for reports', async () => {
  const poster = openPoster({ config, clock: systemClock }, lookup());
  const post = (host: string, isTrusted: boolean) => {
    const url = `http://${host}:${port()}/`;
    const target = { url, auth: { method: 'none' } as const, isTrusted, shared: false };
    const report = { tenantId: 'shop', entries: [] };
    return poster.post(target, report, async () => ({}), new AbortController().signal);
  };
  reached = [];
  for (const host of ['private.test', '127.1', '[::ffff:7f00:1]', '2130706433']) {
    expect(await post(host, false)).toEqual({ kind: 'refused', reason: expect.stringMatching(refusal) });
  }
  expect(reached).toEqual([]);
  await post('mixed.test', false);
  expect(reached).toEqual(['127.0.0.2']);
  await post('127.0.0.1', true);
  expect(reached).toEqual(['127.0.0.2', '127.0.0.1']);
  poster.close();
});

test('an open connection to a trusted endpoint serves no endpoint that is not', async () => {
  const { createServer: createHttpServer } = await import('node:http');
  let calls = 0;
  const app = createHttpServer((call, answer) => {
    calls += 1;
    call.resume().once('end', () => answer.end('{"ok": true}'));
  });
  app.listen(0, '127.0.0.1');
  await once(app, 'listening');
  const url = `http://127.0.0.1:${(app.address() as AddressInfo).port}/`;
  const poster = openPoster({ config, clock: systemClock }, lookup());
  const post = (isTrusted: boolean) =>
    poster.post(
      { url, auth: { method: 'none' }, isTrusted, shared: false },
      { tenantId: 'shop', entries: [] },
      async () => ({}),
      new AbortController().signal,
    );
  expect(await post(true)).toMatchObject({ kind: 'acknowledged' });
  expect(await post(false)).toMatchObject({ kind: 'refused' });
  expect(calls).toBe(1);
  poster.close();
  app.close();
});
