// Through which account a message goes that names none (contract section 4).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { message, startWorld, type World } from '../world.js';

let world: World;
afterAll(() => world.stop());

async function accountOf(tenant_id: string): Promise<unknown> {
  const given = message({ tenant_id });
  const { status, body } = await world.add([given]);
  if (status !== 200) return body.detail?.rejected[0]?.reason;
  const listed = (await world.list({ tenant_id })).body.messages.find(({ id }) => id === given.id);
  return listed?.account_id ?? 'of the instance';
}

describe('without SMTP settings of the instance', () => {
  beforeAll(async () => {
    world = await startWorld();
  });

  test('it is the only account, else the one called default; without either the message is rejected', async () => {
    await world.tenant('shop');
    expect(await accountOf('shop')).toBe('account not found for tenant');
    await world.account('shop', 'first');
    expect(await accountOf('shop')).toBe('first');
    await world.account('shop', 'second');
    expect(await accountOf('shop')).toBe('account not found for tenant');
    await world.account('shop', 'default');
    expect(await accountOf('shop')).toBe('default');
  });

  test('it is never the account of another tenant', async () => {
    await world.tenant('bare');
    expect(await accountOf('bare')).toBe('account not found for tenant');
    expect(await accountOf('nobody')).toBe('account not found for tenant');
  });
});
