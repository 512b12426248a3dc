// Sending as a whole is stopped only by a call that says so, and a stopped scheduler is seen wherever one looks.
import { beforeAll, expect, test } from 'vitest';
import { type ApiStage, type Misfit, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
let key: string;
beforeAll(async () => {
  stage = await setApiStage();
  key = await stage.tenant('shop');
});

const call = (path: string, body?: unknown, token?: string) =>
  stage.service.api<Misfit>('POST', `/commands/${path}`, body, token === undefined ? {} : { token });
const isOn = async () => (await stage.service.api('GET', '/status')).body.scheduler_active;

test.each([
  ['suspend', undefined, ['query', 'tenant_id'], 'missing'],
  ['suspend', {}, ['query', 'tenant_id'], 'missing'],
  ['suspend?all=false', undefined, ['query', 'tenant_id'], 'missing'],
  ['suspend?tenantid=shop', undefined, ['query', 'tenantid'], 'extra_forbidden'],
  ['suspend?all=true&tennant_id=shop', undefined, ['query', 'tennant_id'], 'extra_forbidden'],
  ['suspend', { tenant: 'shop' }, ['body', 'tenant'], 'extra_forbidden'],
  ['suspend', { all: true, tenant_id: 'shop' }, ['body', 'all'], 'value_error'],
  ['suspend?all=true&batch_code=may', undefined, ['query', 'all'], 'value_error'],
  ['suspend?tenant_id=shop&tenant_id=other', undefined, ['query', 'tenant_id'], 'value_error'],
  ['suspend?tenant_id=shop', { tenant_id: 'other' }, ['body', 'tenant_id'], 'value_error'],
  ['suspend?tenant_id=shop&batch_code=', undefined, ['query', 'batch_code'], 'string_too_short'],
  ['suspend', { tenant_id: 'shop', batch_code: '' }, ['body', 'batch_code'], 'string_too_short'],
  ['activate', undefined, ['query', 'tenant_id'], 'missing'],
  ['activate?tenantid=shop', undefined, ['query', 'tenantid'], 'extra_forbidden'],
])('%s with %j is refused, and stops nothing', async (path, body, loc, type) => {
  const answer = await call(path, body);
  expect(answer).toMatchObject({ status: 422, body: { detail: [{ loc, type }] } });
  expect(await isOn()).toBe(true);
  expect((await call('suspend?tenant_id=shop&batch_code=none')).body).toMatchObject({
    suspended_batches: ['none'],
  });
  await call('activate?tenant_id=shop');
});

test('a misspelt parameter is answered with the nearest known one', async () => {
  const { body } = await call('suspend?tenantid=shop');
  expect(body.detail[0]?.msg).toBe('unknown parameter tenantid; did you mean tenant_id?');
});

test('tenant and batch may stand in a JSON body', async () => {
  expect((await call('suspend', { tenant_id: 'shop', batch_code: 'may' })).body).toMatchObject({
    tenant_id: 'shop',
    batch_code: 'may',
    suspended_batches: ['may'],
  });
  expect((await call('activate', { tenant_id: 'shop' })).body).toMatchObject({ suspended_batches: [] });
  expect((await call('suspend', { batch_code: 'june' }, key)).body).toMatchObject({ tenant_id: 'shop' });
  expect((await call('activate', undefined, key)).body).toMatchObject({ suspended_batches: [] });
});

test("a tenant's token cannot stop everything", async () => {
  expect((await call('suspend?all=true', undefined, key)).status).toBe(403);
  expect((await call('suspend', { all: true }, key)).status).toBe(403);
  expect(await isOn()).toBe(true);
});

test.each([
  ['suspend?all=true', undefined],
  ['suspend', { all: true }],
  ['suspend', { all: 'true' }],
])(
  '%s with %j stops everything, which is logged and shown in /ready, /status and a gauge',
  async (path, body) => {
    expect((await call(path, body)).body).toEqual({ ok: true, active: false });
    expect(await isOn()).toBe(false);
    expect(stage.service.output()).toContain(
      'All sending is stopped; POST /commands/activate?all=true starts it',
    );
    expect(await stage.service.api('GET', '/ready')).toMatchObject({
      status: 200,
      body: { ok: true, scheduler: expect.stringContaining('All sending is stopped') },
    });
    expect((await stage.service.api<string>('GET', '/metrics')).body).toContain('\ngmp_scheduler_active 0\n');
    expect((await call('activate', { all: true })).body).toEqual({ ok: true, active: true });
    expect((await stage.service.api('GET', '/ready')).body).toMatchObject({ scheduler: 'ok' });
    expect((await stage.service.api<string>('GET', '/metrics')).body).toContain('\ngmp_scheduler_active 1\n');
  },
);

test('a start with sending off says so', async () => {
  const other = await setApiStage({ GMP_START_ACTIVE: '0' });
  expect(other.service.output()).toContain('All sending is stopped');
});

test('/redoc leads to /docs', async () => {
  const answer = await fetch(`${stage.service.url}/redoc`, { redirect: 'manual' });
  expect([answer.status, answer.headers.get('location')]).toEqual([302, '/docs']);
});
