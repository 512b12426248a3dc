// The commands about tenants, accounts and messages do what the API does, and ask on a terminal for what is missing.
import { beforeAll, expect, test } from 'vitest';
import { runCli, runInTerminal } from '../support/cli/run-cli.js';
import { runHere } from '../support/cli/run-here.js';
import { ADMIN_TOKEN, type Service } from '../support/programs/service.js';
import type { SmtpSink } from '../support/servers/smtp-sink.js';
import { mail } from '../support/stage/mail.js';
import { setStage } from '../support/stage/set-stage.js';
import { addTenant } from '../support/stage/tenant.js';

let service: Service;
let sink: SmtpSink;
let env: Record<string, string>;
beforeAll(async () => {
  const stage = await setStage();
  service = await stage.service();
  sink = await stage.sink();
  env = { MAIL_PROXY_URL: service.url, MAIL_PROXY_TOKEN: ADMIN_TOKEN, HOME: '/nonexistent' };
});

const run = (...args: string[]) => runHere(args, env);

test('a tenant is added, shown, changed, given a key and deleted', async () => {
  const { stdout } = await run('tenants', 'add', 'acme', '--base-url', 'https://acme.example', '--json');
  const { api_key: key } = JSON.parse(stdout);
  const status = async (token: string) => (await service.api('GET', '/status', undefined, { token })).status;
  expect(await status(key)).toBe(200);
  expect(await run('tenants', 'add', 'acme')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('update acme'),
  });
  expect((await run('tenants', 'update', 'acme', '--name', 'New', '--no-active')).code).toBe(0);
  expect(JSON.parse((await run('tenants', 'show', 'acme', '--json')).stdout)).toMatchObject({
    name: 'New',
    active: false,
    client_base_url: 'https://acme.example',
  });
  expect(await run('tenants', 'update', 'acme')).toMatchObject({ code: 2 });
  expect((await run('tenants', 'list', '--active-only')).stdout).not.toContain('acme');
  const renewed = (await run('tenants', 'api-key', 'acme', '--days', '1')).stdout.trim();
  expect([await status(key), await status(renewed)]).toEqual([401, 200]);
  expect((await run('tenants', 'delete', 'acme', '--force')).code).toBe(0);
  expect(await run('tenants', 'show', 'acme')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Tenant 'acme' not found"),
  });
});

test('large attachments of a tenant are set one flag at a time, and the secret comes from a file', async () => {
  const shown = async () =>
    JSON.parse((await run('tenants', 'show', 'large', '--json')).stdout).large_file_config;
  const bucket = ['--storage-url', 's3://mail?endpoint=https://s3.example', '--storage-user', 'AKIA1'];
  const added = await runCli(
    ['tenants', 'add', 'large', '--large-files', 'rewrite', ...bucket, '--storage-secret-file', '-'],
    env,
    'hush-hush\n',
  );
  expect(added).toMatchObject({ code: 0 });
  const before = { enabled: true, action: 'rewrite', storage_auth: { user: 'AKIA1', password: '***' } };
  expect(await shown()).toMatchObject(before);
  expect((await run('tenants', 'update', 'large', '--large-files-over', '25', '--link-days', '5')).code).toBe(
    0,
  );
  expect(await shown()).toMatchObject({ ...before, max_size_mb: 25, file_ttl_days: 5 });
  expect(await run('tenants', 'update', 'large', '--storage-url', 's3://other')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('storage_auth.password'),
  });
  expect((await run('tenants', 'update', 'large', '--large-files', 'off')).code).toBe(0);
  expect(await shown()).toMatchObject({ ...before, enabled: false, max_size_mb: 25 });
});

test('an account that cannot log in is not kept, and its password reaches no output', async () => {
  await run('tenants', 'add', 'shop');
  const broken = ['accounts', 'add', 'broken', '-t', 'shop', '--host', '127.0.0.1', '--port', '1'];
  const refused = await runCli([...broken, '--user', 'u', '--password-file', '-'], env, 'hush-hush\n');
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('It was not added') });
  expect(JSON.stringify(refused)).not.toContain('hush');
  expect((await run('accounts', 'list', '-t', 'shop')).stdout).toContain('No accounts');
  const { code } = await run(
    'accounts',
    'add',
    'main',
    '-t',
    'shop',
    '--host',
    sink.host,
    '--port',
    `${sink.port}`,
    '--no-tls',
  );
  expect(code).toBe(0);
  expect(await run(...broken.with(2, 'main'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--replace'),
  });
  expect(await run('accounts', 'verify', 'main', '-t', 'shop')).toMatchObject({
    code: 0,
    stdout: 'main works\n',
  });
  const own = ['--host', sink.host, '--port', `${sink.port}`, '--no-tls', '--no-verify'];
  const signed = ['--provider', 'mailgun', '--return-path', 'b+%verp%@example.org', ...own];
  const advised = await run('accounts', 'add', 'signed', '-t', 'shop', ...signed);
  expect(advised).toMatchObject({ code: 0, stderr: expect.stringContaining('no signed envelope sender') });
  const { body } = await service.api('GET', '/account/signed?tenant_id=shop');
  expect(body).toMatchObject({ return_path: 'b+%verp%@example.org' });
  expect(await run('accounts', 'add', 'x', '-t', 'shop')).toMatchObject({
    code: 2,
    stderr: 'Missing: --host HOST\n',
  });
});

test('messages are listed, shown, explained, deleted; sending is suspended and goes on', async () => {
  const tenant = await addTenant(service, 'mails', { server: sink });
  await tenant.handIn(service, [
    mail('later', { deferred_ts: 4_000_000_000 }),
    mail('gone', { deferred_ts: 4_000_000_000 }),
  ]);
  const inTenant = (...args: string[]) => run(...args, '-t', 'mails');
  expect((await run('stats')).stdout).toMatch(/^mails +main +2 +0 +0 +0$/m);
  expect(
    (await inTenant('messages', 'list', '--status', 'deferred', '--limit', '1')).stdout.split('\n'),
  ).toHaveLength(3);
  expect((await inTenant('messages', 'show', 'later')).stdout).toMatch(/status: +deferred/);
  expect((await inTenant('messages', 'events', 'later')).stdout).toContain('queued');
  expect((await inTenant('messages', 'explain', 'later')).stdout).toContain('expected to leave');
  expect((await inTenant('messages', 'delete', 'gone', '--force')).stdout).toBe('1 deleted\n');
  expect(await inTenant('messages', 'delete', 'gone', '--force')).toMatchObject({
    code: 1,
    stderr: 'Not found: gone\n',
  });
  expect((await inTenant('suspend')).stdout).toBe('Sending of mails is suspended\n');
  expect((await service.api('GET', '/messages/later/explain?tenant_id=mails')).body).toMatchObject({
    reasons: expect.arrayContaining([expect.objectContaining({ kind: 'suspended' })]),
  });
  expect((await inTenant('activate')).code).toBe(0);
  expect((await run('command-log', 'list', '--tenant', 'mails')).stdout).toContain('suspend');
  const json = await inTenant('messages', 'show', 'nobody', '--json');
  expect({ ...json, stdout: JSON.parse(json.stdout) }).toEqual({
    code: 1,
    stdout: { error: 'message not found' },
    stderr: '',
  });
});

test('on a terminal it asks for what is missing, does not show a password, and Ctrl-C changes nothing', async () => {
  const asked = await runInTerminal(['tenants', 'add'], env, [
    [/Id of the tenant/, 'not an id\r'],
    [/Up to 64 letters/, `${'\u007f'.repeat(9)}asked\r`],
    [/Name for people/, 'Asked\r'],
    [/listens for reports/, '\r'],
  ]);
  expect(asked.code).toBe(0);
  expect((await service.api('GET', '/tenant/asked')).body).toMatchObject({ id: 'asked', name: 'Asked' });

  const account = await runInTerminal(['accounts', 'add', '-t', 'asked'], env, [
    [/Who runs the mail server/, '\u001b[A\r'],
    [/Name of the account/, '\r'],
    [/Mail server/, `${sink.host}\r`],
    [/Port/, `${sink.port}\r`],
    [/User/, 'jo\r'],
    [/Password/, 'hush-hush\r'],
  ]);
  expect(account.screen).not.toContain('hush');

  const cancelled = await runInTerminal(['tenants', 'add'], env, [
    [/Id of the tenant/, 'half\r'],
    [/Name for people/, '\u0003'],
  ]);
  expect(cancelled).toMatchObject({
    code: 1,
    screen: expect.stringContaining('Cancelled; nothing was changed'),
  });
  expect((await service.api('GET', '/tenant/half')).status).toBe(404);
});

test('Ctrl-C while it waits for a message leaves the message queued, and is a failure', async () => {
  await addTenant(service, 'waits', { server: sink });
  const words = ['--from', 'a@x.test', '--to', 'b@x.test', '--subject', 's', '--text', 't', '--wait'];
  const send = ['send', '--id', 'one', '--at', '2096-01-01T00:00:00Z', ...words, '-t', 'waits'];
  const { code, screen } = await runInTerminal(send, env, [[/one: deferred/, '\u0003']]);
  expect(code).toBe(1);
  expect(screen).toContain('No longer waiting; one is still queued: mail-proxy messages explain one');
  expect((await service.api('GET', '/messages/one?tenant_id=waits')).body).toMatchObject({
    status: 'deferred',
  });
});
