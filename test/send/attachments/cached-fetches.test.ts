// A content is fetched once however many messages need it, again where it may have changed, and never for another tenant.
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { beforeAll, expect, test } from 'vitest';
import { type FileServer, startFileServer } from '../../support/http/file-server.js';
import type { Service } from '../../support/programs/service.js';
import { tempFolder } from '../../support/programs/temp-folder.js';
import { waitFor } from '../../support/programs/wait-for.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { removeAtEnd } from '../../support/stage/clean-up.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

let stage: Stage;
let service: Service;
let sink: SmtpSink;
let tenant: Tenant;
let files: FileServer;
let settings: Record<string, string>;
let folder: string;
beforeAll(async () => {
  stage = await setStage();
  files = await startFileServer();
  removeAtEnd(files.stop);
  sink = await stage.sink();
  const temp = await tempFolder('cache');
  removeAtEnd(temp.remove);
  folder = join(temp.path, 'cache');
  settings = { GMP_PRIVATE_NETWORKS: 'allow', GMP_ATTACHMENT_CACHE_DISK_DIR: folder };
  service = await stage.service(settings);
  tenant = await addTenant(service, 'acme', { server: sink });
});

type Fields = Record<string, unknown>;

let made = 0;

/** Sends a mail for each attachment, together. @returns their contents as they arrived */
async function sent(attachments: Fields[], by = tenant, through: Pick<Service, 'api'> = service) {
  const ids = attachments.map(() => `m-${++made}`);
  const messages = attachments.map((one, n) =>
    mail(ids[n] ?? '', { attachments: [{ filename: 'a.bin', ...one }] }),
  );
  await by.handIn(through, messages);
  await sink.waitFor((received) => ids.every((id) => received.some((one) => one.id === id)));
  const arrived = ids.map((id) => sink.messages.find((one) => one.id === id)?.raw ?? '');
  const contents = await Promise.all(
    arrived.map(async (raw) => (await simpleParser(raw)).attachments[0]?.content),
  );
  return { ids, contents };
}

const listed = async (id = '') => (await service.api<Fields>('GET', `/messages/${id}?tenant_id=acme`)).body;
const callsTo = (path: string) => files.calls.filter((call) => call.path === path);
const md5Of = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

test('many messages that name the same MD5 at the same time fetch it once, and later ones not at all', async () => {
  const bytes = randomBytes(150_000);
  files.serve('/many', (response) => setTimeout(() => response.end(bytes), 100));
  const one = { storage_path: `${files.url}/many`, content_md5: md5Of(bytes) };
  const { contents } = await sent(Array.from({ length: 12 }, () => one));
  expect(contents.every((content) => content?.equals(bytes))).toBe(true);
  expect((await sent([{ ...one, storage_path: `${files.url}/gone` }])).contents[0]?.equals(bytes)).toBe(true);
  expect(callsTo('/many')).toHaveLength(1);
  expect(callsTo('/gone')).toEqual([]);
});

test('another tenant that names the MD5 gets nothing that it could not fetch itself', async () => {
  const bytes = randomBytes(1000);
  files.serve('/secret', (response) => response.end(bytes));
  await sent([{ storage_path: `${files.url}/secret`, content_md5: md5Of(bytes) }]);
  const other = await addTenant(service, 'other', { server: sink });
  const attachments = [{ filename: 'a', storage_path: `${files.url}/none`, content_md5: md5Of(bytes) }];
  await other.handIn(service, [mail('stolen', { attachments })]);
  const { error } = await other.until(service, 'stolen', ({ status }) => status === 'error');
  expect(error).toMatch(/HTTP 404/);
  // A content that was handed in is not served to others either.
  await sent([{ storage_path: `base64:${bytes.toString('base64')}` }]);
  await other.handIn(service, [mail('stolen-2', { attachments })]);
  expect((await other.until(service, 'stolen-2', ({ status }) => status === 'error')).error).toMatch(/404/);
});

test.each<[string, Fields, Fields]>([
  ['ETag', { etag: '"1"' }, { 'if-none-match': '"1"' }],
  [
    'Last-Modified',
    { 'last-modified': 'Mon, 02 Nov 2026 10:00:00 GMT' },
    { 'if-modified-since': 'Mon, 02 Nov 2026 10:00:00 GMT' },
  ],
])('a URL is asked whether its content has changed, by %s', async (name, remarks, condition) => {
  let bytes = randomBytes(150_000);
  let isChanged = true;
  const path = `/changing-${name}`;
  files.serve(path, (response) => {
    if (isChanged) response.writeHead(200, remarks as Record<string, string>).end(bytes);
    else response.writeHead(304).end();
  });
  const one = { storage_path: `${files.url}${path}` };
  await sent([one]);
  isChanged = false;
  const { ids, contents } = await sent([one]);
  expect(contents[0]?.equals(bytes)).toBe(true);
  expect((await listed(ids[0])).attachments).toMatchObject([{ size: 150_000, cached: true }]);
  isChanged = true;
  bytes = randomBytes(160_000);
  expect((await sent([one])).contents[0]?.equals(bytes)).toBe(true);
  const calls = callsTo(path);
  expect(calls.map(({ headers }) => headers)).toMatchObject([{}, condition, condition]);
  expect(Object.keys(calls[0]?.headers ?? {})).not.toContain(Object.keys(condition)[0]);
});

test.each<[string, Record<string, string>]>([
  ['nothing by which to ask', {}],
  ['no-store', { etag: '"1"', 'cache-control': 'private, no-store' }],
  [
    'a time that may be that of two contents',
    { 'last-modified': new Date(Date.now() + 60_000).toUTCString() },
  ],
])('a URL whose answer has %s is fetched anew each time', async (name, remarks) => {
  const path = `/anew-${name.length}`;
  files.serve(path, (response) => response.writeHead(200, remarks).end(randomBytes(10)));
  const one = { storage_path: `${files.url}${path}` };
  const [first, second] = [await sent([one]), await sent([one])];
  expect(first.contents[0]?.equals(second.contents[0] ?? Buffer.alloc(0))).toBe(false);
  expect(callsTo(path).map(({ headers }) => headers['if-none-match'])).toEqual([undefined, undefined]);
});

test('other credentials, and another place behind the same URL, get no kept content', async () => {
  files.serve('/own', (response, { headers }) =>
    response.writeHead(200, { etag: '"1"' }).end(headers.authorization),
  );
  for (const token of ['jo', 'mia']) {
    const { contents } = await sent([{ storage_path: `${files.url}/own`, auth: { token } }]);
    expect(contents[0]?.toString()).toBe(`Bearer ${token}`);
  }
  let target = '/first';
  files.serve('/moved', (response) => response.writeHead(302, { location: target }).end());
  for (const path of ['/first', '/second']) {
    files.serve(path, (response, { headers }) =>
      headers['if-none-match'] === '"1"'
        ? response.writeHead(304).end()
        : response.writeHead(200, { etag: '"1"' }).end(path),
    );
  }
  const one = { storage_path: `${files.url}/moved` };
  expect((await sent([one])).contents[0]?.toString()).toBe('/first');
  expect((await sent([one])).contents[0]?.toString()).toBe('/first');
  target = '/second';
  expect((await sent([one])).contents[0]?.toString()).toBe('/second');
});

test('a process that is killed while it keeps contents leaves whole ones, which another process uses', async () => {
  await service.term();
  const contents = Array.from({ length: 3 }, () => randomBytes(3_000_000));
  for (const [n, bytes] of contents.entries()) {
    files.serve(`/large-${n}`, (response, { headers }) =>
      headers['if-none-match'] === `"${n}"`
        ? response.writeHead(304).end()
        : response.writeHead(200, { etag: `"${n}"` }).end(bytes),
    );
  }
  const attachments = contents.map((_, n) => ({ storage_path: `${files.url}/large-${n}` }));
  const program = await stage.program(settings);
  const unfinished = () =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.part'));
  const killed = await addTenant(program, 'killed', { server: sink });
  await sent(attachments.slice(0, 1), killed, program);
  await killed.handIn(
    program,
    attachments.map((one, n) => mail(`killed-${n}`, { attachments: [{ filename: 'a', ...one }] })),
  );
  await waitFor('a content to be written', () => unfinished().length > 0, { everyMs: 1 });
  await program.kill();
  expect(unfinished().length).toBeGreaterThan(0);

  service = await stage.service(settings);
  const { contents: arrived } = await sent(attachments, killed);
  expect(arrived.map((one, n) => contents[n]?.equals(one ?? Buffer.alloc(0)))).toEqual(
    contents.map(() => true),
  );
  const conditions = callsTo('/large-0').map(({ headers }) => headers['if-none-match']);
  expect(conditions.slice(0, 2)).toEqual([undefined, '"0"']);
  expect(conditions.slice(1).every((one) => one === '"0"')).toBe(true);
});
