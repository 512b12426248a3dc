// A stored secret goes where it was meant for: whoever changes that has to give it again, and so a tenant never gets the admin's.
import { beforeAll, describe, expect, test } from 'vitest';
import type { ReportApp } from '../../support/servers/report-app.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { type ApiStage, type Misfit, message, setApiStage } from '../../support/stage/api-stage.js';

const secret = 'admins-own-5b1d';
let stage: ApiStage;
let ours: SmtpSink;
let theirs: SmtpSink;
let loginsAtTheirs = 0;
let ourApp: ReportApp;
let theirApp: ReportApp;
beforeAll(async () => {
  stage = await setApiStage({ GMP_PRIVATE_NETWORKS: 'allow', GMP_TENANT_SMTP_PORTS: '1-65535' });
  ours = await stage.sink({ auth: { user: 'u', pass: secret } });
  theirs = await stage.sink({
    auth: { user: 'u', pass: secret },
    onAuth: () => {
      loginsAtTheirs += 1;
      return undefined;
    },
  });
  ourApp = await stage.app();
  theirApp = await stage.app();
});

const loc = ({ body }: { body: unknown }) => (body as Misfit).detail.map((one) => one.loc.join('.'));

describe('the password of an account', () => {
  const account = () => ({ host: ours.host, port: ours.port, user: 'u', use_tls: false });
  let token: string;
  beforeAll(async () => {
    token = await stage.tenant('mailing');
    await stage.account('mailing', 'main', { ...account(), password: secret });
    await stage.account('mailing', 'tls', {
      host: 'smtp.example.com',
      port: 587,
      use_tls: true,
      password: secret,
    });
  });
  const verify = () => stage.service.api('POST', '/account/main/verify', undefined, { token });
  const put = (body: object, id = 'main') => stage.service.api('PUT', `/account/${id}`, body, { token });
  const post = (body: object) => stage.service.api('POST', '/account', { id: 'main', ...body }, { token });

  test("reaches no other server, user or port with a tenant's token, in whatever call and combination", async () => {
    const elsewhere = [
      { host: 'localhost' },
      { host: '127.0.0.2' },
      { port: theirs.port },
      { host: theirs.host, port: theirs.port },
      { host: 'LOCALHOST.', port: theirs.port, use_tls: false },
      { user: 'other' },
      { user: 'U' },
      { user: ' u' },
      { user: null },
      { user: '' },
    ];
    for (const change of elsewhere) {
      for (const password of [{}, { password: '***' }]) {
        for (const answer of [
          await put({ ...change, ...password }),
          await post({ ...account(), ...change, ...password }),
        ]) {
          expect({ change, password, status: answer.status }).toEqual({ change, password, status: 422 });
          expect(loc(answer)).toEqual(['body.password']);
        }
      }
    }
    // A text that only looks like what answers show is a password of its own.
    for (const password of ['*** ', '****', ' ***']) {
      expect((await put({ port: theirs.port, password })).status).toBe(200);
      await verify();
      expect((await put({ ...account(), password: secret })).status).toBe(200);
    }
    expect(theirs.connectionsSoFar).toBe(3);
    expect(loginsAtTheirs).toBe(3);
    expect((await verify()).body).toEqual({ ok: true });
    await stage.add([message({ tenant_id: 'mailing', account_id: 'main', deferred_ts: undefined })]);
    await ours.waitFor(1);
    expect(theirs.messages).toEqual([]);
  });

  test('needs no TLS less than it was stored with', async () => {
    for (const use_tls of [false, null]) {
      const answer = await put({ use_tls }, 'tls');
      expect({ use_tls, status: answer.status, loc: loc(answer) }).toEqual({
        use_tls,
        status: 422,
        loc: ['body.password'],
      });
      expect(JSON.stringify(answer.body)).toContain('use_tls');
    }
    expect((await put({ use_tls: true, ttl: 60 }, 'tls')).status).toBe(200);
    expect((await put({ host: 'SMTP.Example.com' }, 'tls')).status).toBe(200);
    expect((await put({ use_tls: true }, 'main')).status).toBe(200);
    expect((await put({ use_tls: false }, 'main')).status).toBe(422);
    expect((await put({ use_tls: false, password: secret }, 'main')).status).toBe(200);
  });

  test('goes where the caller gives it again, and is gone where the caller clears it', async () => {
    await stage.account('mailing', 'own', { ...account(), password: secret });
    for (const password of [null, '']) {
      expect((await put({ host: 'other.example', password }, 'own')).status).toBe(200);
      const { body } = await stage.service.api('GET', '/account/own', undefined, { token });
      expect(body).not.toHaveProperty('password');
      expect((await put({ ...account(), password: 'again' }, 'own')).status).toBe(200);
    }
  });

  test('of the admin does not reach a server that the tenant names while the admin stores it', async () => {
    for (let round = 0; round < 10; round += 1) {
      await stage.account('mailing', 'race', { ...account(), password: null });
      await Promise.all([
        put({ port: theirs.port }, 'race'),
        stage.service.api('PUT', '/account/race?tenant_id=mailing', { ...account(), password: secret }),
        put({ port: theirs.port, password: '***' }, 'race'),
      ]);
      const { body } = await stage.service.api('GET', '/account/race', undefined, { token });
      expect(body).toMatchObject({ port: ours.port, password: '***' });
    }
  });
});

describe.each([
  ['token', { method: 'bearer', token: secret }],
  ['password', { method: 'basic', user: 'app', password: secret }],
] as const)('the %s of an endpoint', (field, client_auth) => {
  const id = `reporting-${field}`;
  let token: string;
  beforeAll(async () => {
    token = await stage.tenant(id, { client_base_url: ourApp.url, client_sync_path: '/sync', client_auth });
    await stage.account(id, 'main', { host: ours.host, port: ours.port, use_tls: false });
  });
  const put = (body: object) => stage.service.api('PUT', `/tenant/${id}`, body, { token });

  test("is sent to no other address, path, or by another method, with a tenant's token", async () => {
    const hidden = { ...client_auth, [field]: '***' };
    const elsewhere = [
      { client_base_url: theirApp.url },
      { client_base_url: `${ourApp.url}/elsewhere` },
      { client_base_url: ourApp.url.replace('127.0.0.1', 'localhost') },
      { client_sync_path: '/elsewhere' },
      { client_sync_path: '/SYNC' },
      { client_sync_path: null },
      { client_attachment_path: '/elsewhere' },
      { client_base_url: theirApp.url, client_sync_path: '/elsewhere' },
    ];
    for (const change of elsewhere) {
      for (const auth of [{}, { client_auth: hidden }]) {
        const answer = await put({ ...change, ...auth });
        expect({ change, auth, status: answer.status }).toEqual({ change, auth, status: 422 });
        expect(loc(answer)).toEqual([`body.client_auth.${field}`]);
      }
    }
    for (const other of [
      { method: 'bearer', token: '***' },
      { method: 'basic', user: 'app', password: '***' },
      { method: 'basic', user: 'other', password: '***' },
    ].filter(({ method, user }) => method !== client_auth.method || user === 'other'))
      expect({ other, status: (await put({ client_auth: other })).status }).toEqual({ other, status: 422 });
    // In two steps, by way of no address at all.
    expect((await put({ client_base_url: null })).status).toBe(200);
    expect((await put({ client_base_url: theirApp.url })).status).toBe(422);
    const back = await stage.service.api('PUT', `/tenant/${id}`, {
      client_base_url: ourApp.url,
      client_auth,
    });
    expect(back.status).toBe(200);
    await stage.add([message({ id, tenant_id: id, account_id: 'main', deferred_ts: undefined })]);
    await ourApp.waitForEntry((entry) => entry.id === id);
    const sent = ourApp.calls.find(({ body }) => JSON.stringify(body).includes(id));
    expect(sent?.headers.authorization).toMatch(field === 'token' ? `Bearer ${secret}` : /^Basic /);
    expect([...theirApp.calls, ...theirApp.idleCalls]).toEqual([]);
  });

  test('stays where the address is the same, and is gone where the login is cleared', async () => {
    const same = ourApp.url.replace('http:', 'HTTP:');
    expect((await put({ client_base_url: `${same}/`, name: 'new' })).status).toBe(200);
    expect((await put({ client_auth: null, client_base_url: theirApp.url })).status).toBe(200);
    await stage.add([message({ id: `${id}-2`, tenant_id: id, account_id: 'main', deferred_ts: undefined })]);
    await theirApp.waitForEntry((entry) => entry.id === `${id}-2`);
    for (const { headers } of [...theirApp.calls, ...theirApp.idleCalls])
      expect(JSON.stringify(headers)).not.toContain('authorization');
    theirApp.calls.length = 0;
    theirApp.idleCalls.length = 0;
    await put({ client_base_url: null });
  });
});

test('the password of the mailbox for bounces is asked for again, by both routes', async () => {
  const mailbox = { imap_host: 'imap.example.com', imap_user: 'b', imap_password: secret };
  expect((await stage.service.api('PUT', '/instance/bounce', mailbox)).status).toBe(200);
  for (const change of [
    { imap_host: 'x.example' },
    { imap_port: 143 },
    { imap_user: 'c' },
    { imap_ssl: false },
  ]) {
    const bounce = await stage.service.api('PUT', '/instance/bounce', { ...change, imap_password: '***' });
    expect({ status: bounce.status, loc: loc(bounce) }).toEqual({ status: 422, loc: ['body.imap_password'] });
    const [[name, value] = []] = Object.entries(change);
    const instance = await stage.service.api('PUT', '/instance', { [`bounce_${name}`]: value });
    expect({ status: instance.status, loc: loc(instance) }).toEqual({
      status: 422,
      loc: ['body.bounce_imap_password'],
    });
  }
  expect((await stage.service.api('PUT', '/instance/bounce', { imap_folder: 'Bounces' })).status).toBe(200);
  expect(
    (await stage.service.api('PUT', '/instance/bounce', { imap_host: 'x.example', imap_password: null }))
      .status,
  ).toBe(200);
});

test("the password of an account's own mailbox is asked for again, also in two steps by way of no server", async () => {
  const token = await stage.tenant('returning');
  const mailbox = { imap_host: 'imap.example.com', imap_user: 'b', imap_tls: true };
  await stage.account('returning', 'main', { ...mailbox, imap_password: secret });
  const put = (body: object) => stage.service.api('PUT', '/account/main', body, { token });
  const elsewhere = [{ imap_host: 'x.example' }, { imap_port: 143 }, { imap_user: 'c' }, { imap_tls: false }];
  for (const change of elsewhere) {
    const answer = await put({ ...change, imap_password: '***' });
    expect({ change, status: answer.status }).toEqual({ change, status: 422 });
    expect(loc(answer)).toEqual(['body.imap_password']);
  }
  expect((await put({ imap_host: null })).status).toBe(200);
  expect((await put({ imap_host: 'x.example' })).status).toBe(422);
  expect((await put({ imap_host: 'x.example', imap_password: null })).status).toBe(200);
});
