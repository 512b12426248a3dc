// Whatever a tenant names as the source of an attachment, nothing private is reached and nothing is read.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type FileServer, startFileServer } from '../../support/http/file-server.js';
import type { Service } from '../../support/programs/service.js';
import { tempFolder } from '../../support/programs/temp-folder.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { removeAtEnd } from '../../support/stage/clean-up.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
let sink: SmtpSink;
let tenant: Tenant;
let token: string;
/** What nobody must reach. */
let canary: FileServer;
/** In the one network that is open. */
let open: FileServer;
let folder: string;
beforeAll(async () => {
  stage = await setStage();
  canary = await startFileServer('127.0.0.1');
  open = await startFileServer('127.0.0.2');
  removeAtEnd(canary.stop);
  removeAtEnd(open.stop);
  const temp = await tempFolder('hostile');
  removeAtEnd(temp.remove);
  folder = join(temp.path, 'files');
  mkdirSync(folder);
  writeFileSync(join(temp.path, 'secret'), 'secret');
  symlinkSync(join(temp.path, 'secret'), join(folder, 'link'));
  symlinkSync('/proc/self', join(folder, 'self'));
  sink = await stage.sink();
  service = await stage.service({
    GMP_PRIVATE_NETWORKS: '127.0.0.2/32',
    GMP_ATTACHMENT_BASE_DIR: folder,
    GMP_ATTACHMENT_TIMEOUT: '5',
  });
  tenant = await addTenant(service, 'acme', { server: sink });
  const { body } = await service.api<{ api_key: string }>('POST', '/tenant/acme/api-key', {
    name: 'hostile',
  });
  token = body.api_key;
});

const hosts = [
  '127.0.0.1',
  'localhost',
  'localhost.',
  'LOCALHOST',
  '127.1',
  '127.0.1',
  '2130706433',
  '0x7f000001',
  '0x7f.1',
  '0177.0.0.1',
  '017700000001',
  '１２７.０.０.１',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  '0.0.0.0',
  '0',
  '127.255.255.254',
  '[::1]',
  '[::]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::127.0.0.1]',
  '[0:0:0:0:0:0:0:1]',
  '[64:ff9b::127.0.0.1]',
  '[2002:7f00:1::]',
  '[2001:0:7f00:1::]',
  '[fe80::1]',
  '[fc00::1]',
  '[ff02::1]',
];
/** Without a port of their own: nothing there would answer, but the address alone is refused. */
const addresses = [
  '10.0.0.1',
  '172.16.0.1',
  '192.168.0.1',
  '169.254.169.254',
  '169.254.170.2',
  '100.64.0.1',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '[fd00:ec2::254]',
  '[64:ff9b::a9fe:a9fe]',
  '[2002:a9fe:a9fe::]',
];
const others = [
  'http://user:pass@example.com/',
  'http://user@example.com/',
  'ftp://example.com/a',
  'file:///etc/passwd',
  'gopher://127.0.0.1:70/_',
  'data:text/plain,hello',
  'javascript:alert(1)',
  'http://',
  'http://a b/',
  'http://[::1/',
  'http://example.com:22/',
  'http://example.com/\r\nHost: internal',
  'http://example.com/\0',
];
const paths = [
  '/etc/passwd',
  '/proc/self/environ',
  '/proc/self/mem',
  '/dev/zero',
  '/dev/stdin',
  '../secret',
  'a/../../secret',
  '..\\secret',
  'FOLDER/../secret',
  'FOLDER/./../secret',
  'FOLDER//../secret',
  'FOLDERX/secret',
  'FOLDER',
  'FOLDER/',
  'FOLDER/link',
  'FOLDER/self/environ',
  'FOLDER/self/root/etc/passwd',
  'FOLDER/a\0b',
  '/',
  '~/.ssh/id_rsa',
];

test('URLs and paths, in every form, reach and read nothing', async () => {
  const { port } = new URL(canary.url);
  const urls = [
    ...hosts.map((host) => `http://${host}:${port}/`),
    ...addresses.map((host) => `http://${host}/`),
    ...others,
  ];
  const attachments = [
    ...urls.map((storage_path) => ({ storage_path, fetch_mode: 'http_url' })),
    ...paths.map((path) => ({ storage_path: path.replace('FOLDER', folder), fetch_mode: 'filesystem' })),
  ];
  const messages = attachments.map((one, n) => mail(`h-${n}`, { attachments: [{ filename: 'a', ...one }] }));
  const { body } = await service.api<{ rejected: { id: string; reason: string }[] }>(
    'POST',
    '/commands/add-messages',
    { messages },
    { token },
  );
  for (const { reason } of body.rejected) expect(reason).toMatch(/^attachments\.0\.storage_path: /);
  const rejected = new Set(body.rejected.map(({ id }) => id));
  const listed = await tenant.untilAll(service, ({ status }) => status !== 'pending');
  const notRefused = attachments.flatMap(({ storage_path }, n) => {
    const queued = listed.find(({ id }) => id === `h-${n}`);
    const isRefused = rejected.has(`h-${n}`) || queued?.status === 'error';
    // Not every machine finds this name. Then the look-up fails, which may pass.
    const isUnknown = storage_path.includes('localhost.:') && queued?.status === 'deferred';
    return isRefused || isUnknown ? [] : [storage_path];
  });
  expect(notRefused).toEqual([]);
  expect(canary.calls).toEqual([]);
  expect(sink.messages).toEqual([]);
  expect(attachments.length).toBeGreaterThan(70);
});

test('a redirect from a place that is open to one that is not is not followed', async () => {
  const targets = [
    canary.url,
    canary.url.replace('127.0.0.1', 'localhost'),
    'http://169.254.169.254/latest/meta-data',
  ];
  for (const [n, location] of targets.entries()) {
    open.serve(`/${n}`, (response) => response.writeHead(302, { location }).end());
    const attachments = [{ filename: 'a', storage_path: `${open.url}/${n}` }];
    await tenant.handIn(service, [mail(`redirected-${n}`, { attachments })]);
    const { error } = await tenant.until(service, `redirected-${n}`, ({ status }) => status === 'error');
    expect(error).toMatch(/private network, which GMP_PRIVATE_NETWORKS does not open$/);
  }
  expect(open.calls).toHaveLength(targets.length);
  expect(canary.calls).toEqual([]);
});

test("an endpoint that a tenant's token set reaches nothing private, one that the admin set does", async () => {
  const attachments = [{ filename: 'a', storage_path: 'doc/1' }];
  const setUrl = (options?: { token: string }) =>
    service.api(
      'PUT',
      '/tenant/acme',
      { client_base_url: canary.url, client_attachment_path: '/doc' },
      options,
    );
  expect((await setUrl({ token })).status).not.toBe(500);
  await tenant.handIn(service, [mail('by-tenant', { attachments })]);
  const { error } = await tenant.until(service, 'by-tenant', ({ status }) => status === 'error');
  expect(error).toMatch(/GMP_PRIVATE_NETWORKS|no client_base_url/);
  expect(canary.calls.filter(({ path }) => path === '/doc')).toEqual([]);
  canary.serve('/doc', (response) => response.end('from the admin'));
  expect((await setUrl()).status).toBe(200);
  await tenant.handIn(service, [mail('by-admin', { attachments })]);
  await sink.waitFor((messages) => messages.some(({ id }) => id === 'by-admin'));
});
