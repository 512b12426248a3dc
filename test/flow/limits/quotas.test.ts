// With a tenant's token: what is beyond a quota is refused by name, the admin alone sets quotas, and their use is shown.
import { beforeEach, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { gatedSink } from '../../support/servers/gated-sink.js';
import { startToxicSmtp } from '../../support/servers/toxic-smtp.js';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addAccount } from '../../support/stage/tenant.js';

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});

type Fields = Record<string, unknown>;
type Use = Record<string, { used: number; limit: number }>;

/** A tenant with these limits, and what it can do with its token. */
async function tenantWith(service: Service, limits: Fields, id = 'shop') {
  const { body } = await service.api<{ api_key: string }>('POST', '/tenant', { id, limits });
  const token = body.api_key;
  const post = (messages: Fields[], headers?: Record<string, string>, to = service) =>
    to.api<Fields>('POST', '/commands/add-messages', { messages }, { token, ...(headers && { headers }) });
  const use = async (path = '/tenant') => {
    const { body: shown } = await service.api<{ quotas: Use }>('GET', path, undefined, { token });
    return shown.quotas;
  };
  return { token, post, use };
}

const overQueued = 'The tenant may have 3 messages that are not sent yet at most (quota max_queued)';

test('messages beyond the quota are rejected by name, a call of nothing else is a 429, and there is room again once they are sent', async () => {
  const sink = await gatedSink(stage);
  sink.hold();
  const service = await stage.service();
  const tenant = await tenantWith(service, { max_queued: 3 });
  await addAccount(service, 'shop', 'main', sink);

  const rejected = [{ id: 'a-4', reason: overQueued }];
  expect((await tenant.post(mails('a', 4))).body).toEqual({ ok: true, queued: 3, rejected });
  const key = { 'Idempotency-Key': 'once' };
  const refused = await tenant.post([mail('b')], key);
  expect([refused.status, refused.body]).toEqual([
    429,
    { detail: { error: overQueued, rejected: [{ id: 'b', reason: overQueued }] } },
  ]);
  expect(refused.headers.get('retry-after')).toBe('60');
  expect((await tenant.use()).queued).toEqual({ used: 3, limit: 3 });

  sink.release();
  await sink.waitFor(3);
  await waitFor('the messages to be sent', async () => (await tenant.use()).queued?.used === 0);
  const again = await tenant.post([mail('b')], key);
  expect([again.status, again.body.queued, again.headers.get('idempotency-replayed')]).toEqual([
    200,
    1,
    null,
  ]);
});

test('accounts and stored contents are bounded, and deleting makes room', async () => {
  const service = await stage.service({ GMP_START_ACTIVE: '0' });
  const tenant = await tenantWith(service, { max_accounts: 1, max_stored_mb: 1 });
  const account = (id: string) =>
    service.api('POST', '/account', { id, host: 'mail.example.com', port: 25 }, { token: tenant.token });
  expect((await account('main')).status).toBe(200);
  const refused = await account('second');
  expect([refused.status, refused.body]).toEqual([
    403,
    { detail: 'The tenant may have 1 accounts at most (quota max_accounts)' },
  ]);
  expect((await account('main')).status).toBe(200);

  const body = 'x'.repeat(400 * 1024);
  const reason = 'The tenant may have 1 MiB of stored messages at most (quota max_stored_mb)';
  const answer = await tenant.post(mails('a', 3, { body }));
  expect(answer.body).toEqual({ ok: true, queued: 2, rejected: [{ id: 'a-3', reason }] });
  const { quotas } = (await service.api<{ quotas: Use }>('GET', '/tenant/shop')).body;
  expect(quotas).toMatchObject({ accounts: { used: 1, limit: 1 }, stored_mb: { used: 0.79, limit: 1 } });
  await service.api('POST', '/commands/delete-messages', { ids: ['a-1'] }, { token: tenant.token });
  expect((await tenant.post([mail('a-3', { body })])).body).toMatchObject({ queued: 1 });
});

test('quotas are the settings unless the admin sets others, and a tenant cannot set them', async () => {
  const service = await stage.service({ GMP_TENANT_MAX_ACCOUNTS: '7', GMP_TENANT_MAX_QUEUED: '0' });
  const tenant = await tenantWith(service, {});
  expect(await tenant.use()).toMatchObject({
    accounts: { used: 0, limit: 7 },
    queued: { used: 0, limit: 0 },
    concurrent_calls: { used: 1, limit: 200 },
  });
  const lifted = { limits: { max_accounts: 100 } };
  const refused = await service.api<Fields>('PUT', '/tenant/shop', lifted, { token: tenant.token });
  expect([refused.status, String(refused.body.detail)]).toEqual([403, expect.stringContaining('limits')]);
  expect((await service.api('PUT', '/tenant/shop', lifted)).status).toBe(200);
  expect((await tenant.use('/tenant/shop')).accounts).toEqual({ used: 0, limit: 100 });
});

test('a suppression list grows to its bound and no further, and what is on it can be replaced', async () => {
  const service = await stage.service({ GMP_TENANT_MAX_SUPPRESSIONS: '2' });
  const { token } = await tenantWith(service, {});
  const put = async (...suppressions: string[]) =>
    (await service.api<Fields>('POST', '/suppressions', { suppressions }, { token })).status;
  expect(await put('a@x.example', 'b@x.example', 'c@x.example')).toBe(403);
  expect(await put('a@x.example', 'A@x.example', 'b@x.example')).toBe(200);
  expect(await put('b@x.example')).toBe(200);
  expect(await put('b@x.example', 'c@x.example')).toBe(403);
  await service.api('DELETE', '/suppressions', { addresses: ['a@x.example'] }, { token });
  expect(await put('c@x.example')).toBe(200);
});

test('sends at once and calls at once are bounded for the tenant alone', async () => {
  const [held, free] = [await gatedSink(stage), await stage.sink()];
  held.hold();
  const service = await stage.service();
  const tenant = await tenantWith(service, { max_concurrent_sends: 2, max_concurrent_calls: 1 });
  const other = await tenantWith(service, {}, 'other');
  await addAccount(service, 'shop', 'main', held);
  await addAccount(service, 'other', 'main', free);
  const hanging = await startToxicSmtp('greeting', 'hang');
  await addAccount(service, 'shop', 'hanging', hanging);
  const verifying = service.api('POST', '/account/hanging/verify', undefined, { token: tenant.token });
  // The limits hold two seconds after they were set at the latest.
  const refused = await waitFor('a call beyond the quota to be refused', async () => {
    const answer = await service.api<Fields>('GET', '/messages', undefined, { token: tenant.token });
    if (answer.status !== 429) throw new Error(`it was answered ${answer.status}`);
    return answer;
  });
  expect([refused.body, refused.headers.get('retry-after')]).toEqual([
    { detail: 'The tenant may have 1 calls at once at most (quota max_concurrent_calls)' },
    '1',
  ]);

  await hanging.stop();
  await verifying;
  expect((await tenant.post(mails('a', 10, { account_id: 'main' }))).body).toMatchObject({ queued: 10 });
  await held.waitFor((_, { attempts }) => attempts.length === 2);
  await other.post(mails('b', 10));
  await free.waitFor(10);
  expect(held.attempts.length).toBe(2);
  expect((await tenant.use()).concurrent_sends).toEqual({ used: 2, limit: 2 });
  held.release();
  await held.waitFor(10);
});

test('two processes that take messages at the same time do not exceed the quota together', async () => {
  const settings = { GMP_START_ACTIVE: '0' };
  const services = await Promise.all([stage.service(settings), stage.program(settings)]);
  const [first] = services as [Service, Service];
  const limit = 250;
  const tenant = await tenantWith(first, { max_queued: limit });
  await addAccount(first, 'shop', 'main', { host: '127.0.0.1', port: 25 });
  const calls = services.flatMap((service, s) =>
    Array.from({ length: 40 }, (_, n) => tenant.post(mails(`m-${s}-${n}`, 7), undefined, service)),
  );
  const answers = await Promise.all(calls);
  expect(answers.map(({ status }) => status).every((status) => status === 200 || status === 429)).toBe(true);
  const queued = answers.reduce((sum, { body }) => sum + Number(body.queued ?? 0), 0);
  expect([queued, (await tenant.use()).queued?.used]).toEqual([limit, limit]);
});

test('the metrics show what each tenant has and may have, and the command log keeps the quotas that the admin set', async () => {
  const service = await stage.service({ GMP_START_ACTIVE: '0' });
  const tenant = await tenantWith(service, { max_queued: 3, max_accounts: 0 });
  await addAccount(service, 'shop', 'main', { host: '127.0.0.1', port: 25 });
  expect((await tenant.post(mails('a', 2))).body).toMatchObject({ queued: 2 });
  const scrape = async () => {
    const { body } = await service.api<string>('GET', '/metrics');
    return (name: string, quota: string) => {
      const line = `gmp_tenant_quota_${name}{tenant_id="shop",tenant_name="shop",quota="${quota}"} `;
      return body.split(line)[1]?.split('\n')[0];
    };
  };
  await waitFor('the messages to be shown', async () => (await scrape())('used', 'max_queued') === '2');
  const shown = await scrape();
  expect([
    shown('limit', 'max_queued'),
    shown('limit', 'max_accounts'),
    shown('used', 'max_accounts'),
  ]).toEqual(['3', '+Inf', '1']);
  expect(shown('limit', 'max_concurrent_calls')).toBe('200');
  expect(shown('under_way', 'max_concurrent_calls')).toBe('0');
  expect(Number(shown('used', 'max_stored_mb'))).toBeGreaterThan(0);

  await service.api('PUT', '/tenant/shop', { limits: { max_queued: 7, max_stored_mb: null } });
  const { body } = await service.api<{ commands: { payload: Fields }[] }>(
    'GET',
    '/command-log?tenant_id=shop',
  );
  expect(body.commands.map(({ payload }) => payload.limits).filter((one) => one !== undefined)).toEqual([
    { max_accounts: 0, max_queued: 3 },
    { max_queued: 7, max_stored_mb: null },
  ]);
});
