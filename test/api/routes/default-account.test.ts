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

  test('the default account is the only one, else the one called default; without either the message is rejected', async () => {
    await stage.tenant('shop');
    expect(await accountOf('shop')).toBe('account not found for tenant');
    await stage.account('shop', 'first');
    expect(await accountOf('shop')).toBe('first');
    await stage.account('shop', 'second');
    expect(await accountOf('shop')).toBe('account not found for tenant');
    await stage.account('shop', 'default');
    expect(await accountOf('shop')).toBe('default');
  });

  test('the default account is never that of another tenant', async () => {
    await stage.tenant('bare');
    expect(await accountOf('bare')).toBe('account not found for tenant');
    expect(await accountOf('nobody')).toBe('account not found for tenant');
  });
});
