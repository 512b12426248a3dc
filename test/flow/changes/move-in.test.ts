// `mail-proxy migrate-from-genro`: tenants keep their keys, accounts their passwords, and what was unsent is sent once.
import { createCipheriv, createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../../support/cli/run-cli.js';
import { ADMIN_TOKEN, type Service } from '../../support/programs/service.js';
import { tempFolder } from '../../support/programs/temp-folder.js';
import { waitFor } from '../../support/programs/wait-for.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { emptyDatabase, type FreshDatabase } from '../../support/stage/databases.js';
import { setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';

const folder = await tempFolder('move-in');
const key = Buffer.alloc(32, 9);
const keyFile = join(folder.path, 'key');
writeFileSync(keyFile, key);

let service: Service;
let sink: SmtpSink;
beforeAll(async () => {
  const stage = await setStage();
  service = await stage.service();
  sink = await stage.sink({ auth: { user: 'jo', pass: 'hush-hush' } });
});
afterAll(folder.remove);

/** As genro-mail-proxy 0.7 encrypts. */
function encrypted(text: string): string {
  const nonce = Buffer.alloc(12, 1);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const bytes = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `ENC:${bytes.toString('base64')}`;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Has the tables and columns of genro-mail-proxy, with two tenants of which one is suspended. */
async function genroDatabase(tenant: string, password: string): Promise<FreshDatabase> {
  const database = await emptyDatabase();
  const payload = (id: string) =>
    JSON.stringify({
      id,
      from: 'a@example.org',
      to: ['b@example.org'],
      subject: id,
      body: 'x',
      retry_count: 2,
    });
  for (const statement of [
    `CREATE TABLE tenants (id TEXT PRIMARY KEY, name TEXT, client_auth TEXT, client_base_url TEXT, client_sync_path TEXT,
      client_attachment_path TEXT, rate_limits TEXT, large_file_config TEXT, active INTEGER, suspended_batches TEXT,
      api_key_hash TEXT, api_key_expires_at TEXT, created_at TEXT, updated_at TEXT)`,
    `CREATE TABLE accounts (tenant_id TEXT, id TEXT, host TEXT, port INTEGER, "user" TEXT, password TEXT, ttl INTEGER,
      limit_per_minute INTEGER, limit_per_hour INTEGER, limit_per_day INTEGER, limit_behavior TEXT, use_tls INTEGER,
      batch_size INTEGER, is_pec_account INTEGER, PRIMARY KEY (tenant_id, id))`,
    `CREATE TABLE messages (pk TEXT PRIMARY KEY, id TEXT, tenant_id TEXT, account_id TEXT, priority INTEGER, payload TEXT,
      batch_code TEXT, created_at TEXT, updated_at TEXT, deferred_ts INTEGER, smtp_ts INTEGER, is_pec INTEGER)`,
    'CREATE TABLE message_events (id INTEGER PRIMARY KEY, message_pk TEXT, event_type TEXT, event_ts INTEGER)',
    `INSERT INTO tenants VALUES ('${tenant}', 'Acme', '{"method": "bearer", "token": "t"}', NULL, NULL, NULL,
      '{"hourly": 50}', NULL, 1, 'held', '${sha256(`key of ${tenant}`)}', NULL, NULL, NULL)`,
    `INSERT INTO tenants VALUES ('${tenant} with blanks', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, NULL, NULL, NULL, NULL, NULL)`,
    `INSERT INTO accounts VALUES ('${tenant}', 'main', '${sink.host}', ${sink.port}, 'jo', '${password}', 300, NULL, 100, NULL,
      'defer', 0, NULL, 0)`,
    ...['waiting', 'sent', 'failed', 'held'].map(
      (id, n) => `INSERT INTO messages VALUES ('pk${n}', '${id}', '${tenant}', 'main', 1, '${payload(id)}',
        ${id === 'held' ? "'held'" : 'NULL'}, '2026-11-01 10:00:0${n}', NULL, NULL, ${id === 'sent' ? 1 : 'NULL'}, 0)`,
    ),
    "INSERT INTO message_events VALUES (1, 'pk1', 'sent', 1)",
    "INSERT INTO message_events VALUES (2, 'pk2', 'error', 1)",
  ]) {
    await query(database, statement);
  }
  return database;
}

const migrate = (path: string, ...flags: string[]) =>
  runCli(['migrate-from-genro', path, ...flags], {
    MAIL_PROXY_URL: service.url,
    MAIL_PROXY_TOKEN: ADMIN_TOKEN,
    HOME: folder.path,
  });

test.each([
  ['0.6, whose passwords are plain', 'six', 'hush-hush', []],
  ['0.7, whose passwords are encrypted', 'seven', encrypted('hush-hush'), ['--key-file', keyFile]],
])('version %s', async (_version, tenant, password, flags) => {
  const old = await genroDatabase(tenant, password);
  const first = await migrate(old.path, ...flags);
  expect(first.stdout).toContain('1 tenants, 1 accounts and 2 messages are taken');
  expect(first.stderr).toMatch(new RegExp(`^Not taken: tenant ${tenant} with blanks: .*id`));
  expect(JSON.stringify(first)).not.toContain('hush');

  const token = `key of ${tenant}`;
  const call = async (path: string) => (await service.api('GET', path, undefined, { token })).body;
  expect(await call(`/tenant/${tenant}`)).toMatchObject({ name: 'Acme', rate_limits: { hourly: 50 } });
  expect(await call('/account/main')).toMatchObject({ user: 'jo', limit_per_hour: 100, use_tls: false });
  await sink.waitFor((messages) => messages.some(({ id }) => id === 'waiting'));
  await waitFor('the message to be sent', async () => (await call('/messages/waiting')).status === 'sent');
  expect(await call('/messages/held')).toMatchObject({ status: 'pending', batch_code: 'held' });
  expect((await call('/messages')).messages).toHaveLength(2);

  const again = await migrate(old.path, ...flags);
  expect(again.stdout).toContain('0 tenants, 0 accounts and 1 messages are taken\n3 were here already');
  expect((await call('/messages')).messages).toHaveLength(2);
});

test('without the key, and where there is no such database, it says what it could not take', async () => {
  const old = await genroDatabase('locked', encrypted('hush-hush'));
  const { code, stderr } = await migrate(old.path);
  expect(code).toBe(1);
  expect(stderr).toContain('Not taken: account locked/main: its password is encrypted; give the right key');
  expect(await migrate(join(folder.path, 'none.db'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('does not exist'),
  });
  const other = await emptyDatabase();
  if (other.kind === 'sqlite') await query(other, 'CREATE TABLE t (a)');
  expect((await migrate(other.path)).stderr).toContain('is no database of genro-mail-proxy');
});
