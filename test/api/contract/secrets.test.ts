// Submitted secrets appear nowhere again: in no answer, log line, Redis key or value, and in no column in the clear.
import { readFile } from 'node:fs/promises';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_TOKEN } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { type SmtpSink, startSmtpSink } from '../../support/servers/smtp-sink.js';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

const password = 'smtp-pa55word-5d1f';
const clientToken = 'client-t0ken-93ab';
const bodyText = 'body-text-71c4';
const addresses = { from: 'sender@example.com', to: 'receiver@example.org' };

let stage: ApiStage;
let sink: SmtpSink;
let key: string;
const answers: unknown[] = [];

beforeAll(async () => {
  sink = await startSmtpSink({ auth: { user: 'me', pass: 'another' } });
  stage = await setApiStage({
    GMP_LOG_LEVEL: 'trace',
    GMP_LOG_DELIVERY_ACTIVITY: '1',
    // The tenant itself names the server of its account, which listens on a port of loopback.
    GMP_PRIVATE_NETWORKS: 'allow',
    GMP_TENANT_SMTP_PORTS: '1-65535',
    GMP_LOG_FORMAT: 'json',
  });
  const tenant = {
    id: 'shop',
    client_base_url: 'http://127.0.0.1:9',
    client_auth: { method: 'bearer', token: clientToken },
  };
  key = await stage.tenant('shop', tenant);
  // The server offers no TLS, and the password has to reach it.
  const server = { host: sink.host, port: sink.port, allow_plaintext: true };
  const account = { id: 'main', tenant_id: 'shop', ...server, user: 'me', password };
  const bad = { ...account, port: 0, password: [password] };
  const given = (fields: object) =>
    message({ account_id: 'main', ...addresses, subject: bodyText, body: bodyText, ...fields });
  const calls = [
    await stage.service.api('POST', '/tenant', tenant),
    await stage.service.api('POST', '/tenant', {
      ...tenant,
      active: 'x',
      client_auth: { method: 'x', token: clientToken },
    }),
    await stage.service.api('POST', '/account', account, { token: key }),
    await stage.service.api('POST', '/account', bad),
    await stage.service.api('POST', '/account', `${JSON.stringify(account)}}`),
    await stage.add([given({ id: 'refused', deferred_ts: undefined }), given({ id: 'waits' })], {
      token: key,
    }),
    await stage.service.api('GET', '/status', undefined, { token: `${key}x` }),
  ];
  // The login is refused, so that the failure of it is logged, stored and reported.
  const failed = async () =>
    (await stage.list({ status: 'error' }, { token: key })).body.messages.length === 1;
  await waitFor('the refusal of the login', failed);
  answers.push(
    ...calls,
    await stage.list({ include_history: '1' }, { token: key }),
    await stage.service.api('GET', '/ready'),
  );
});
afterAll(async () => {
  await stage.remove();
  await sink.stop();
});

test('No answer holds the SMTP password, the client token, a tenant key or the admin token', () => {
  for (const secret of [password, clientToken, key, ADMIN_TOKEN]) {
    for (const answer of answers) expect(JSON.stringify(answer)).not.toContain(secret);
  }
});

test('No line of the log holds one of them, nor the text of a message, at the finest level and after failures', () => {
  const output = stage.service.output();
  expect(output).toContain('"ready"');
  for (const secret of [password, clientToken, key, ADMIN_TOKEN, bodyText])
    expect(output).not.toContain(secret);
});

test('Redis holds only the pk and the revision of a message, and no secret or text', async () => {
  const redis = new Redis(stage.redis.url);
  const everything: string[] = [];
  const jobs: Record<string, string>[] = [];
  for (const name of await redis.keys('*')) {
    const type = await redis.type(name);
    const value = await contentOf(redis, name, type);
    everything.push(`${name} ${JSON.stringify(value)}`);
    if (type === 'hash' && typeof value === 'object' && value !== null && 'data' in value)
      jobs.push(value as Record<string, string>);
  }
  redis.disconnect();
  const sends = jobs.map(({ data }) => JSON.parse(String(data)) as object).filter((data) => 'pk' in data);
  expect(sends.length).toBeGreaterThan(0);
  for (const data of sends) expect(Object.keys(data).sort()).toEqual(['pk', 'revision']);
  const found = everything.join('\n');
  for (const secret of [password, clientToken, key, ADMIN_TOKEN, bodyText, addresses.to])
    expect(found).not.toContain(secret);
});

async function contentOf(redis: Redis, name: string, type: string): Promise<unknown> {
  switch (type) {
    case 'string':
      return redis.get(name);
    case 'hash':
      return redis.hgetall(name);
    case 'list':
      return redis.lrange(name, 0, -1);
    case 'set':
      return redis.smembers(name);
    case 'zset':
      return redis.zrange(name, '0', '-1');
    case 'stream':
      return redis.xrange(name, '-', '+');
    case 'none': // gone since the keys were listed
      return undefined;
    default:
      throw new Error(`${name} is a ${type}`);
  }
}

test('The database holds no secret in the clear', async () => {
  const { kind, path } = stage.database;
  const dump = kind === 'sqlite' ? await filesOf(path) : await rowsOf(path);
  expect(dump).toContain(addresses.from);
  for (const secret of [password, clientToken, key, ADMIN_TOKEN]) expect(dump).not.toContain(secret);
});

async function filesOf(path: string): Promise<string> {
  const files = await Promise.all(
    [path, `${path}-wal`].map((file) => readFile(file, 'latin1').catch(() => '')),
  );
  return files.join('');
}

async function rowsOf(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const tables = await client.query<{ name: string }>(
    "SELECT quote_ident(table_name) AS name FROM information_schema.tables WHERE table_schema = 'public'",
  );
  const dumps = [];
  for (const { name } of tables.rows)
    dumps.push(JSON.stringify((await client.query(`SELECT * FROM ${name}`)).rows));
  await client.end();
  return dumps.join('\n');
}
