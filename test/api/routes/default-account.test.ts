// The account of messages that name none (contract section 4).
import { beforeAll, describe, expect, test } from 'vitest';
import { type ApiStage, message, setApiStage } from '../../support/stage/api-stage.js';

let stage: ApiStage;

async function accountOf(tenant_id: string): Promise<unknown> {
  const given = message({ tenant_id });
  const { status, body } = await stage.add([given]);
  if (status !== 200) return body.detail?.rejected[0]?.reason;
  const listed = (await stage.list({ tenant_id })).body.messages.find(({ id }) => id === given.id);
  return listed?.account_id ?? 'of the instance';
}

describe('without SMTP settings of the instance', () => {
  beforeAll(async () => {
    stage = await setApiStage();
  });

  test('the first account stays the default until another is chosen', async () => {
    await stage.tenant('shop');
    expect(await accountOf('shop')).toBe('tenant shop has no account; create one with POST /account');
    await stage.account('shop', 'first');
    expect(await accountOf('shop')).toBe('first');
    await stage.account('shop', 'another');
    expect(await accountOf('shop')).toBe('first');
    await stage.service.api('PUT', '/tenant/shop', { default_account: 'another' });
    expect(await accountOf('shop')).toBe('another');
    expect((await stage.service.api('GET', '/tenant/shop')).body).toMatchObject({
      default_account: 'another',
    });
    await stage.service.api('PUT', '/tenant/shop', { default_account: 'misspelt' });
    expect(await accountOf('shop')).toBe('default_account of tenant shop is misspelt, which does not exist');
  });

  test('no account silently takes the place of a default that was deleted', async () => {
    await stage.tenant('three');
    for (const id of ['one', 'two', 'three']) await stage.account('three', id);
    await stage.service.api('DELETE', '/account/one?tenant_id=three');
    expect(await accountOf('three')).toBe(
      'tenant three has 2 accounts; name one in account_id or call one `default`',
    );
    await stage.account('three', 'default');
    expect(await accountOf('three')).toBe('default');
    for (const id of ['default', 'two']) await stage.service.api('DELETE', `/account/${id}?tenant_id=three`);
    expect(await accountOf('three')).toBe('three');
    await stage.account('three', 'a');
    expect(await accountOf('three')).toBe('three');
  });

  test('a tenant that does not exist is named, with and without an account', async () => {
    expect(await accountOf('nosuch')).toBe('tenant nosuch does not exist');
    const given = message({ tenant_id: 'nosuch', account_id: 'main' });
    const { body } = await stage.add([given]);
    expect(body.detail?.rejected[0]?.reason).toBe('tenant nosuch does not exist');
  });

  test('the default account is never that of another tenant', async () => {
    await stage.tenant('bare');
    expect(await accountOf('bare')).toMatch(/^tenant bare has no account/);
  });
});
