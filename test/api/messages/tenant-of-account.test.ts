// With the admin token, a message without tenant_id belongs to the tenant of its account, if only one has such an account.
import { beforeAll, expect, test } from 'vitest';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;
let key: string;
beforeAll(async () => {
  stage = await setApiStage();
  key = await stage.tenant('shop');
  await stage.tenant('other');
  for (const [tenant, account] of [
    ['shop', 'shop-smtp'],
    ['shop', 'main'],
    ['other', 'main'],
  ] as const)
    await stage.account(tenant, account, { port: 9 });
});

test.each([undefined, null, ''])('tenant_id %j: the only tenant with this account', async (tenant_id) => {
  const one = message({ tenant_id, account_id: 'shop-smtp' });
  expect((await stage.add([one])).body).toEqual({ ok: true, queued: 1, rejected: [] });
  const { body } = await stage.service.api('GET', `/messages/${one.id}?tenant_id=shop`);
  expect(body).toMatchObject({ tenant_id: 'shop', account_id: 'shop-smtp' });
});

test.each([
  ['main', 'missing tenant_id: several tenants have an account of this account_id'],
  ['none', 'missing tenant_id: no tenant has an account of this account_id'],
  [undefined, 'missing tenant_id'],
])('account %s without tenant_id is rejected: %s', async (account_id, reason) => {
  const { body } = await stage.add([message({ tenant_id: undefined, account_id })]);
  expect(body.detail?.rejected[0]?.reason).toBe(reason);
});

test("with a tenant's token the account is looked for among its own", async () => {
  const one = message({ tenant_id: undefined, account_id: 'main' });
  expect((await stage.add([one], { token: key })).body).toMatchObject({ queued: 1 });
  expect((await stage.service.api('GET', `/messages/${one.id}?tenant_id=shop`)).status).toBe(200);
});
