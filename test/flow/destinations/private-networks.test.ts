// With a tenant's token nothing in a private network is reached: not by verify, not by delivery, not by reports.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';

const anyPort = {
  GMP_TENANT_SMTP_PORTS: '1-65535',
  GMP_TENANT_HTTP_PORTS: '1-65535',
  GMP_TENANT_IMAP_PORTS: '1-65535',
};
const refusal = 'The address is in a private network, which GMP_PRIVATE_NETWORKS does not open';
const portRefusal = 'The port is not one of GMP_TENANT_SMTP_PORTS';
const httpPortRefusal = 'The port is not one of GMP_TENANT_HTTP_PORTS';

let stage: Stage;
let service: Service;
beforeAll(async () => {
  stage = await setStage();
  service = await stage.service({
    ...anyPort,
    GMP_LOG_LEVEL: 'debug',
    GMP_LOG_FORMAT: 'json',
    GMP_RETRY_DELAYS: '1',
    GMP_MAX_RETRIES: '1',
  });
});

/** A tenant that speaks with its own token. */
async function ownTenant(id: string, on = service) {
  const { body } = await on.api<{ api_key: string }>('POST', '/tenant', { id });
  const token = body.api_key;
  return {
    token,
    put: (path: string, fields: object) => on.api('PUT', path, fields, { token }),
    account: (fields: object) => on.api('POST', '/account', { id: 'own', ...fields }, { token }),
    verify: async () => (await on.api('POST', '/account/own/verify', undefined, { token })).body,
  };
}

/** As URLs write them, so without a zone. */
const literals = ['0.0.0.0', '127.0.0.1', '169.254.169.254', '10.0.0.1', '168.63.129.16'];
const sixes = [
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::127.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '2001:0:7f00:1::1',
  'fe80::1',
];
const spellings = [
  'localhost',
  '127.1',
  '2130706433',
  '0x7f.1',
  '0x7f000001',
  '0177.0.0.1',
  '0',
  '１２７.0.0.1',
];

test('mail servers at a private address in any spelling are refused at the door, with the field', async () => {
  const tenant = await ownTenant('servers');
  const accepted = { host: 'mail.example.com', port: 25 };
  expect((await tenant.account(accepted)).status).toBe(200);
  const names = [
    'localhost.',
    'LOCALHOST',
    'shop.localhost',
    '127。0。0。1',
    '::FFFF:7F00:1',
    '[::1]',
    '[::]',
  ];
  for (const host of [...literals, ...sixes, ...spellings, ...names]) {
    const answers = [
      [await tenant.account({ host, port: 25 }), 'host'],
      [await tenant.put('/account/own', { host }), 'host'],
      [await tenant.account({ ...accepted, imap_host: host }), 'imap_host'],
      [await tenant.put('/account/own', { imap_host: host }), 'imap_host'],
    ] as const;
    for (const [{ status, body }, field] of answers) {
      expect([host, status, body]).toEqual([
        host,
        422,
        { detail: [expect.objectContaining({ loc: ['body', field] })] },
      ]);
      // Some spellings are no names of hosts at all.
      if (!/[^a-z0-9.:]/i.test(host)) expect(JSON.stringify(body)).toContain(refusal);
    }
  }
});

test('verify, delivery and the reading of mailboxes dial no private address in any spelling, and say which setting opens it', async () => {
  const sink = await stage.sink();
  // The accounts are made by a process that opens private networks.
  const open = await stage.service({ ...anyPort, GMP_PRIVATE_NETWORKS: 'allow', GMP_ROLES: 'api' });
  const tenant = await ownTenant('spelling');
  const account = (fields: object) =>
    open.api('POST', '/account', { id: 'own', ...fields }, { token: tenant.token });
  for (const host of [...literals, ...sixes, ...spellings]) {
    // Some spellings are no names of hosts, and are refused at the door.
    if ((await account({ host, port: sink.port })).status === 422) continue;
    expect([host, await tenant.verify()]).toEqual([host, { ok: false, error: refusal }]);
  }
  for (const [n, imap_host] of ['127.0.0.1', '127.1', 'localhost'].entries()) {
    const mailbox = { imap_host, imap_port: sink.port, imap_user: 'u', imap_password: 'p', imap_tls: false };
    expect((await account({ id: `box-${n}`, host: 'mail.example.com', port: 25, ...mailbox })).status).toBe(
      200,
    );
    await waitFor('the mailbox to be refused', async () => {
      const { body } = await service.api('GET', `/account/box-${n}`, undefined, { token: tenant.token });
      return JSON.stringify(body).includes(refusal);
    });
  }
  await account({ host: '127.0.0.1', port: sink.port });
  await service.api('POST', '/commands/add-messages', { messages: [mail('m')] }, { token: tenant.token });
  const failed = await waitFor('the message to fail', async () => {
    const { body } = await service.api('GET', '/messages/m', undefined, { token: tenant.token });
    if (body.status === 'error') return body;
    throw new Error(JSON.stringify(body));
  });
  expect(failed).toMatchObject({ error: refusal, retry_count: 1 });
  expect(sink.connectionsSoFar).toBe(0);
});

test('a base URL with a private address in any spelling, or with another port than those of tenants, is refused at the door', async () => {
  const tenant = await ownTenant('door');
  const narrow = await stage.service({ GMP_PRIVATE_NETWORKS: 'deny', GMP_TENANT_HTTP_PORTS: '443' });
  const put = async (client_base_url: string, on = service, token = tenant.token) => {
    const { status, body } = await on.api('PUT', '/tenant/door', { client_base_url }, { token });
    return { status, said: JSON.stringify(body) };
  };
  const names = ['localhost.', 'LOCALHOST', 'shop.localhost', '%31%32%37.0.0.1', '127。0。0。1'];
  for (const host of [...literals, ...sixes.map((six) => `[${six}]`), ...spellings, ...names]) {
    const { status, said } = await put(`http://${host}:8080/sync`);
    expect([host, status]).toEqual([host, 422]);
    expect(said).toContain(refusal);
    expect(said).toContain('"client_base_url"');
  }
  expect(await put('https://shop.example:22', narrow)).toMatchObject({
    status: 422,
    said: expect.stringContaining(httpPortRefusal),
  });
  expect((await put('https://shop.example', narrow)).status).toBe(200);
  // What the admin has set may stay, also where a tenant hands it in again with other settings.
  const ofAdmin = 'http://10.0.0.1:22/';
  expect((await service.api('PUT', '/tenant/door', { client_base_url: ofAdmin })).status).toBe(200);
  expect((await put(ofAdmin)).status).toBe(200);
  expect((await put('http://10.0.0.1:22/x')).status).toBe(422);
});

test('an endpoint that the settings do not allow any more is refused when it is dialled, with the words of the door', async () => {
  const app = await stage.app();
  const closed = await setStage();
  const open = await closed.service({ ...anyPort, GMP_PRIVATE_NETWORKS: 'allow', GMP_ROLES: 'api' });
  const urls = [
    ['address', `http://127.0.0.1:${app.port}`],
    ['name', `http://localhost:${app.port}`],
  ] as const;
  for (const [id, client_base_url] of urls) {
    const tenant = await ownTenant(id, open);
    expect((await tenant.put(`/tenant/${id}`, { client_base_url })).status).toBe(200);
  }
  const reports = async (settings: Record<string, string>, words: string) => {
    const dialling = await closed.service({ ...settings, GMP_LOG_LEVEL: 'debug', GMP_LOG_FORMAT: 'json' });
    await dialling.api('POST', '/commands/run-now');
    await waitFor('both to be refused', () => {
      const lines = dialling
        .output()
        .split('\n')
        .filter((line) => line.includes('"report.call_failed"'));
      const refused = lines.map((line) => JSON.parse(line)).filter(({ reason }) => reason === words);
      return urls.every(([id]) => refused.some(({ tenant }) => tenant === id));
    });
    await dialling.term();
  };
  await reports({ ...anyPort, GMP_PRIVATE_NETWORKS: 'deny' }, refusal);
  await reports({ GMP_PRIVATE_NETWORKS: 'allow', GMP_TENANT_HTTP_PORTS: '443' }, httpPortRefusal);
  expect(app.calls).toEqual([]);
});

test('what the admin set is trusted until a tenant changes it, and again once it is as it was', async () => {
  const [sink, other] = [await stage.sink(), await stage.sink()];
  const tenant = await ownTenant('trust');
  const account = { id: 'own', tenant_id: 'trust', host: sink.host, port: sink.port };
  expect((await service.api('POST', '/account', account)).status).toBe(200);
  expect(await tenant.verify()).toEqual({ ok: true });
  await tenant.put('/account/own', { limit_per_hour: 100 });
  expect(await tenant.verify()).toEqual({ ok: true });
  await tenant.put('/account/own', { port: other.port });
  expect(await tenant.verify()).toEqual({ ok: false, error: refusal });
  await tenant.put('/account/own', { port: sink.port });
  expect(await tenant.verify()).toEqual({ ok: true });
  await tenant.account({ host: other.host, port: other.port });
  expect(await tenant.verify()).toEqual({ ok: false, error: refusal });
  expect((await tenant.put('/account/own', { host: '127.0.0.9' })).status).toBe(422);
  expect((await tenant.put('/account/own', { host: sink.host })).status).toBe(200);
  expect(other.connectionsSoFar).toBe(0);
});

test('GMP_PRIVATE_NETWORKS opens networks and the lists of ports hold there too; no redirect leads out of them', async () => {
  const opened = await setStage();
  const smtp = await opened.sink();
  const hidden = await listening((_call, answer) => answer.end('{"ok": true}'), '127.0.0.1');
  const moved = await listening((call, answer) => {
    call.resume();
    answer.writeHead(307, { location: `http://127.0.0.1:${hidden.port}/` }).end();
  }, '127.0.0.2');
  const open = await opened.service({ ...anyPort, GMP_PRIVATE_NETWORKS: '127.0.0.0/8' });
  const tenant = await ownTenant('opened', open);
  await tenant.account({ host: '127.0.0.1', port: smtp.port });
  expect(await tenant.verify()).toEqual({ ok: true });
  await tenant.put('/tenant/opened', { client_base_url: `http://127.0.0.2:${moved.port}` });
  await open.api('POST', '/commands/add-messages', { messages: [mail('m')] }, { token: tenant.token });
  await smtp.waitFor(1);
  await waitFor('the redirect', () => open.output().includes('HTTP 307'));
  expect(hidden.calls()).toBe(0);

  const narrow = await opened.service({ GMP_PRIVATE_NETWORKS: 'allow' });
  const { body } = await narrow.api('POST', '/account/own/verify', undefined, { token: tenant.token });
  expect(body).toEqual({ ok: false, error: portRefusal });
});

async function listening(answer: Parameters<typeof createServer>[1] & object, host: string) {
  let calls = 0;
  const server: Server = createServer((call, reply) => {
    calls += 1;
    answer(call, reply);
  });
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, calls: () => calls };
}
