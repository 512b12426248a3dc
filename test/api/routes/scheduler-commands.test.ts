// Suspended messages are not sent by any process, and are sent in order after activation.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { startReportApp } from '../../support/servers/report-app.js';
import type { SmtpSink } from '../../support/servers/smtp-sink.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';

let stage: Stage;
let service: Service;
let second: Service;
let sink: SmtpSink;

beforeAll(async () => {
  stage = await setStage();
  sink = await stage.sink();
  const env = { GMP_MAX_CONCURRENT_PER_ACCOUNT: '1' };
  service = await stage.service(env);
  // Commands are given here and have to reach the service that sends.
  second = await stage.service({ ...env, GMP_ROLES: 'api' });
});

async function addTenant(id: string, settings = {}): Promise<string> {
  const { body } = await service.api<{ api_key: string }>('POST', '/tenant', { id, ...settings });
  const account = { id: 'main', tenant_id: id, host: sink.host, port: sink.port, use_tls: false };
  await service.api('POST', '/account', account);
  return body.api_key;
}

async function post(tenant: string, ids: string[], extra = {}): Promise<void> {
  const fields = { tenant_id: tenant, from: 'x@example.com', to: 'y@example.org', subject: 's', ...extra };
  const { body } = await service.api('POST', '/commands/add-messages', {
    messages: ids.map((id) => ({ id, ...fields })),
  });
  expect(body).toMatchObject({ queued: ids.length });
}

const command = async (name: string, query = '', token?: string) =>
  (await second.api('POST', `/commands/${name}${query}`, undefined, token === undefined ? {} : { token }))
    .body;
const arrived = (id: string) => sink.messages.some((message) => message.id === id);
const until = (id: string) => sink.waitFor((messages) => messages.some((message) => message.id === id));

test("a suspended tenant's messages wait while others are sent, and are sent in order after activation", async () => {
  const key = await addTenant('quiet');
  await addTenant('busy');
  expect(await command('suspend', '', key)).toEqual({
    ok: true,
    tenant_id: 'quiet',
    suspended_batches: ['*'],
    pending_messages: 0,
  });
  const ids = Array.from({ length: 20 }, (_, i) => `quiet-${i}`);
  await post('quiet', ids);
  await post('busy', ['busy-1']);
  await until('busy-1');
  await command('run-now');
  await post('busy', ['busy-2']);
  await until('busy-2');
  expect(sink.messages.filter(({ id }) => id?.startsWith('quiet'))).toEqual([]);
  const answer = await command('activate', '?tenant_id=quiet');
  expect(answer).toMatchObject({ ok: true, tenant_id: 'quiet', suspended_batches: [] });
  await until('quiet-19');
  expect(sink.messages.map(({ id }) => id).filter((id) => id?.startsWith('quiet'))).toEqual(ids);
});

test('a single batch can be suspended, and cannot be activated alone while all batches are suspended', async () => {
  await addTenant('batches');
  expect(await command('suspend', '?tenant_id=batches&batch_code=april')).toMatchObject({
    batch_code: 'april',
    suspended_batches: ['april'],
  });
  await post('batches', ['april-1'], { batch_code: 'april' });
  await post('batches', ['may-1'], { batch_code: 'may' });
  await post('batches', ['none-1']);
  await until('may-1');
  await until('none-1');
  expect(arrived('april-1')).toBe(false);
  await waitFor('the others to count as sent', async () => {
    const { body } = await service.api('GET', '/messages?tenant_id=batches&active_only=1');
    return (body.messages as unknown[]).length === 1;
  });
  expect(await command('suspend', '?tenant_id=batches')).toMatchObject({
    suspended_batches: ['*'],
    pending_messages: 1,
  });
  expect(await service.api('POST', '/commands/activate?tenant_id=batches&batch_code=april')).toMatchObject({
    status: 400,
    body: { detail: 'tenant not found or cannot activate single batch from full suspension' },
  });
  await command('activate', '?tenant_id=batches');
  await until('april-1');
});

test('a single account can be suspended: a change or activating its tenant does not start it, and deleting it ends its messages', async () => {
  await addTenant('one');
  const side = { id: 'side', tenant_id: 'one', host: sink.host, port: sink.port, use_tls: false };
  await service.api('POST', '/account', side);
  expect(await command('suspend', '?tenant_id=one&account_id=side')).toEqual({
    ok: true,
    tenant_id: 'one',
    account_id: 'side',
    suspended_batches: [],
    pending_messages: 0,
  });
  await post('one', ['side-1', 'side-2'], { account_id: 'side' });
  await post('one', ['main-1'], { account_id: 'main' });
  await until('main-1');
  await service.api('POST', '/account', { ...side, limit_per_hour: 100 });
  await command('activate', '?tenant_id=one');
  await command('run-now');
  await post('one', ['main-2'], { account_id: 'main' });
  await until('main-2');
  expect([arrived('side-1'), arrived('side-2')]).toEqual([false, false]);
  const why = await service.api('GET', '/messages/side-1/explain?tenant_id=one');
  expect(why.body).toMatchObject({
    reasons: [{ kind: 'suspended', description: 'its account is suspended' }],
  });
  const state = () => second.api('GET', '/account/side/state?tenant_id=one');
  expect((await state()).body).toMatchObject({ state: 'suspended', suspended: 'account' });
  expect(await command('activate', '?tenant_id=one&account_id=side')).toMatchObject({ pending_messages: 2 });
  await until('side-2');

  await service.api('POST', '/commands/suspend', { tenant_id: 'one', account_id: 'side' });
  await post('one', ['side-3'], { account_id: 'side' });
  await waitFor('the message to be parked', async () => {
    await command('run-now');
    const parked = "SELECT 1 FROM messages WHERE id = 'side-3' AND next_sweep_at > 9000000000000000";
    return (await query(stage.database, parked)).length === 1;
  });
  await service.api('DELETE', '/account/side?tenant_id=one');
  await waitFor('its message to fail', async () => {
    const { body } = await service.api('GET', '/messages/side-3?tenant_id=one');
    return body.status === 'error';
  });
});

test('an account of another tenant, and an account with a batch or with all, cannot be suspended', async () => {
  for (const [name, status] of [
    ['?tenant_id=one&account_id=nobody', 404],
    ['?tenant_id=one&account_id=main&batch_code=b', 422],
    ['?all=true&account_id=main', 422],
  ] as const) {
    for (const verb of ['suspend', 'activate'])
      expect((await service.api('POST', `/commands/${verb}${name}`)).status).toBe(status);
  }
});

test('closing the breaker of an account tries its server again at once', async () => {
  await addTenant('broken');
  let works = false;
  const server = await stage.sink({
    onMail: () => (works ? undefined : { code: 535, message: '5.7.8 no' }),
    onConnect: () => (works ? undefined : { code: 554, message: 'no service' }),
  });
  const account = { id: 'main', tenant_id: 'broken', host: server.host, port: server.port, use_tls: false };
  await service.api('POST', '/account', account);
  await post('broken', ['b-1']);
  const state = async () =>
    (await second.api('GET', '/account/main/state?tenant_id=broken')).body as { state: string };
  await waitFor('the breaker to open', async () => (await state()).state === 'breaker');
  works = true;
  expect(await command('close-breaker', '?tenant_id=broken&account_id=main')).toEqual({
    ok: true,
    closed: true,
  });
  await server.waitFor(1);
  expect(await command('close-breaker', '?tenant_id=broken')).toEqual({ ok: true, closed: false });
  const missing = await second.api('POST', '/commands/close-breaker?tenant_id=broken&account_id=side');
  expect(missing.status).toBe(404);
});

test('the admin stops and starts everything', async () => {
  await addTenant('all');
  expect(await command('suspend', '?all=true')).toEqual({ ok: true, active: false });
  expect((await service.api('GET', '/status')).body).toMatchObject({ active: false });
  await post('all', ['all-1']);
  await command('run-now');
  const status = await service.api('GET', '/status');
  expect(status.body).toMatchObject({ active: false, pending_messages: 1 });
  expect(arrived('all-1')).toBe(false);
  expect(await command('activate', '?all=true')).toEqual({ ok: true, active: true });
  await until('all-1');
});

test("an unknown tenant is a 400, and a token reaches its own tenant's sending only", async () => {
  const key = await addTenant('own');
  expect((await service.api('POST', '/commands/suspend?tenant_id=nobody')).status).toBe(400);
  const foreign = await service.api('POST', '/commands/suspend?tenant_id=busy', undefined, { token: key });
  expect(foreign.status).toBe(401);
});

test('run-now sends a report at once that waits for its next try', async () => {
  const app = await startReportApp({ answer: (_call, n) => (n < 6 ? { status: 503 } : undefined) });
  const key = await addTenant('late', { client_base_url: app.url });
  await post('late', ['late-1']);
  for (let n = 1; n < 7; n++) {
    await app.waitFor(({ calls }) => calls.length >= n);
    await command('run-now', '', key);
  }
  await app.waitForEntry((entry) => entry.id === 'late-1');
  await app.stop();
});
