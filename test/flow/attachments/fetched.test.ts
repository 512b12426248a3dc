// Attachments over HTTP arrive byte for byte, credentials go nowhere else, and what goes wrong is told apart.
import { createHash, randomBytes } from 'node:crypto';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { type ParsedMail, simpleParser } from 'mailparser';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FileServer, type Habit, startFileServer } from '../../support/http/file-server.js';
import { freePort } from '../../support/programs/free-port.js';
import type { Service } from '../../support/programs/service.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { removeAtEnd } from '../../support/stage/clean-up.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';
import { failsForGood, failsForNow, redirectTo } from './bad-sources.js';

let stage: Stage;
let service: Service;
let sink: SmtpSink;
let tenant: Tenant;
/** The tenant's own, and another origin. */
let own: FileServer;
let foreign: FileServer;
beforeAll(async () => {
  stage = await setStage();
  [own, foreign] = [await startFileServer(), await startFileServer()];
  removeAtEnd(own.stop);
  removeAtEnd(foreign.stop);
  sink = await stage.sink();
  service = await stage.service({
    GMP_PRIVATE_NETWORKS: 'allow',
    GMP_MAX_ATTACHMENT_MB: '1',
    GMP_ATTACHMENT_TIMEOUT: '3',
  });
  const client_auth = { method: 'bearer', token: 'tenant-secret' };
  tenant = await addTenant(service, 'acme', {
    server: sink,
    tenant: { client_base_url: own.url, client_attachment_path: '/files', client_auth },
  });
});
beforeEach(() => {
  own.calls.length = 0;
  foreign.calls.length = 0;
});

type Fields = Record<string, unknown>;

let made = 0;

async function handIn(attachment: Fields): Promise<string> {
  const id = `m-${++made}`;
  await tenant.handIn(service, [mail(id, { attachments: [{ filename: 'a.bin', ...attachment }] })]);
  return id;
}

async function received(attachment: Fields): Promise<ParsedMail> {
  const id = await handIn(attachment);
  await sink.waitFor((messages) => messages.some((one) => one.id === id));
  return simpleParser(sink.messages.find((one) => one.id === id)?.raw ?? '');
}

const bytes = randomBytes(700_000);
const giveBytes: Habit = (response) => response.end(bytes);
/** Without the reports, which go to the same server. */
const fetches = ({ calls }: FileServer) => calls.filter(({ path }) => path !== '/mail-proxy/sync');
const logins = (server: FileServer) => fetches(server).map(({ headers }) => headers.authorization);

describe('from a URL', () => {
  test('is fetched with GET, and without the credentials of the tenant, also at its own server', async () => {
    own.serve('/a', giveBytes);
    const parsed = await received({ storage_path: `${own.url}/a` });
    expect(parsed.attachments[0]?.content.equals(bytes)).toBe(true);
    expect(fetches(own)).toMatchObject([{ method: 'GET', path: '/a', body: '' }]);
    expect(logins(own)).toEqual([undefined]);
    // Known once it was fetched.
    const { body } = await service.api<Fields>('GET', `/messages/m-${made}?tenant_id=acme`);
    expect(body.attachments).toEqual([
      { filename: 'a.bin', size: 700_000, mime_type: 'application/octet-stream', source: 'http_url' },
    ]);
  });

  test.each([
    [{ method: 'bearer', token: 'hush' }, 'Bearer hush'],
    [{ token: 'hush' }, 'Bearer hush'],
    [{ method: 'basic', user: 'jo', password: 'hüsh' }, `Basic ${Buffer.from('jo:hüsh').toString('base64')}`],
    [{ method: 'none' }, undefined],
  ])('is fetched with its own credentials: %j', async (auth, expected) => {
    foreign.serve('/a', giveBytes);
    await received({ storage_path: `${foreign.url}/a`, auth });
    expect(logins(foreign)).toEqual([expected]);
    expect(JSON.stringify(await query(stage.database, 'SELECT payload FROM message_contents'))).not.toMatch(
      /hush|hüsh/,
    );
    expect(JSON.stringify(await query(stage.database, 'SELECT secret FROM message_attachments'))).not.toMatch(
      /hush|hüsh/,
    );
  });

  test('credentials follow a redirect within the origin, and none to another', async () => {
    own.serve('/from', redirectTo('/to'));
    own.serve('/to', redirectTo(`${foreign.url}/a`));
    foreign.serve('/a', giveBytes);
    const parsed = await received({ storage_path: `${own.url}/from`, auth: { token: 'hush' } });
    expect(parsed.attachments[0]?.content.equals(bytes)).toBe(true);
    expect(logins(own)).toEqual(['Bearer hush', 'Bearer hush']);
    expect(logins(foreign)).toEqual([undefined]);
    // Nor do they come back when that origin leads to the first one again.
    foreign.serve('/a', redirectTo(`${own.url}/chosen`));
    own.serve('/chosen', giveBytes);
    await received({ storage_path: `${own.url}/from`, auth: { token: 'hush' } });
    expect(logins(own).at(-1)).toBeUndefined();
    foreign.serve('/a', giveBytes);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('is unpacked where the server compresses unasked: %s', async (encoding, compress) => {
    const packed = compress(bytes);
    own.serve('/packed', (response) => response.writeHead(200, { 'content-encoding': encoding }).end(packed));
    const parsed = await received({ storage_path: `${own.url}/packed` });
    expect(parsed.attachments[0]?.content.equals(bytes)).toBe(true);
  });

  test('an empty one, and one that fits its stated MD5, arrive', async () => {
    own.serve('/empty', (response) => response.end());
    own.serve('/a', giveBytes);
    const md5 = createHash('md5').update(bytes).digest('hex').toUpperCase();
    expect((await received({ storage_path: `${own.url}/empty` })).attachments[0]?.content.length).toBe(0);
    const parsed = await received({ storage_path: `${own.url}/a`, filename: `a{MD5:${md5}}.bin` });
    expect(parsed.attachments.map(({ filename }) => filename)).toEqual(['a.bin']);
  });
});

describe("from the tenant's endpoint", () => {
  test('is asked for by POST, with the credentials of the tenant or its own', async () => {
    own.serve('/files', giveBytes);
    const parsed = await received({ storage_path: 'doc/7' });
    expect(parsed.attachments[0]?.content.equals(bytes)).toBe(true);
    await received({ storage_path: 'doc/8', auth: { method: 'bearer', token: 'other' } });
    expect(fetches(own)).toMatchObject([
      { method: 'POST', path: '/files', body: '{"storage_path":"doc/7"}' },
      { method: 'POST', path: '/files', body: '{"storage_path":"doc/8"}' },
    ]);
    expect(logins(own)).toEqual(['Bearer tenant-secret', 'Bearer other']);
  });

  test('a redirect to another origin is fetched without the credentials of the tenant', async () => {
    own.serve('/files', redirectTo(`${foreign.url}/a`, 303));
    foreign.serve('/a', giveBytes);
    await received({ storage_path: 'doc/9' });
    expect(fetches(foreign)).toMatchObject([{ method: 'GET', body: '' }]);
    expect(logins(foreign)).toEqual([undefined]);
  });
});

describe('what fails', () => {
  const toBad = (fields: Fields = {}) => handIn({ storage_path: `${own.url}/bad`, ...fields });

  test.each(failsForGood)('for good: %s', async (_name, habit, reason, fields) => {
    own.serve('/bad', habit);
    const id = await toBad(fields);
    const ended = await tenant.until(service, id, ({ status }) => status !== 'pending');
    expect(ended).toMatchObject({
      status: 'error',
      error: expect.stringMatching(/^Attachment "a\.bin" cannot be sent: /),
    });
    expect(ended.error).toMatch(reason);
  });

  test.each(failsForNow)('for now: %s', async (_name, habit, reason) => {
    own.serve('/bad', habit);
    const id = await toBad();
    const put = await tenant.until(service, id, ({ status }) => status !== 'pending');
    expect(put).toMatchObject({ status: 'deferred', retry_count: 1 });
    expect(put.deferred_reason).toMatch(/^Attachment "a\.bin" cannot be sent: /);
    expect(put.deferred_reason).toMatch(reason);
  });

  test('for now: nobody listens', async () => {
    const id = await handIn({ storage_path: `http://127.0.0.1:${await freePort()}/a` });
    expect((await tenant.until(service, id, ({ status }) => status === 'deferred')).deferred_reason).toMatch(
      /ECONNREFUSED/,
    );
  });

  test('Retry-After puts the next attempt off', async () => {
    own.serve('/bad', (response) => response.writeHead(503, { 'retry-after': '7200' }).end());
    const id = await toBad();
    const { deferred_ts = 0 } = await tenant.until(service, id, ({ status }) => status === 'deferred');
    expect(deferred_ts * 1000).toBeGreaterThan(Date.now() + 7_000_000);
  });

  test('nothing of it touches the account, whose other mails leave', async () => {
    await tenant.handIn(service, [mail('after-all')]);
    await sink.waitFor((messages) => messages.some(({ id }) => id === 'after-all'));
    const { body } = await service.api<Fields>('GET', '/messages?tenant_id=acme&include_history=true');
    expect(JSON.stringify(body)).not.toMatch(/account_rests/);
    expect(JSON.stringify(body)).not.toMatch(/tenant-secret|hush/);
  });
});
