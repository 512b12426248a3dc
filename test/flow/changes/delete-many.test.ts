// A tenant with many messages is gone for every caller at once; its rows go a few at a time, also over a kill, and no key
// of Redis that names a deleted account or tenant stays.
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import { fillMessages } from '../../support/stage/fill-messages.js';
import { mails } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { query } from '../../support/stage/tables.js';
import { addAccount, addTenant } from '../../support/stage/tenant.js';

const count = 30_000;

test('a large tenant is gone when the call is answered, and a kill midway leaves the rest to the next process', async () => {
  const stage = await setStage();
  const sink = await stage.sink();
  const first = await stage.program();
  const { body } = await first.api<{ api_key: string }>('POST', '/tenant', { id: 'big' });
  await addAccount(first, 'big', 'main', sink);
  await fillMessages(stage.database, { tenantId: 'big', count });
  const left = async () =>
    Number((await query(stage.database, "SELECT COUNT(*) AS n FROM messages WHERE tenant_id = 'big'"))[0]?.n);

  expect((await first.api('DELETE', '/tenant/big')).status).toBe(200);
  const token = { token: body.api_key };
  expect((await first.api('GET', '/messages', undefined, token)).status).toBe(401);
  expect((await first.api('GET', '/tenant/big')).status).toBe(404);
  expect((await first.api('GET', '/messages?tenant_id=big')).status).toBe(404);
  expect((await first.api('GET', '/accounts?tenant_id=big')).status).toBe(404);
  expect((await first.api('DELETE', '/tenant/big')).status).toBe(404);
  expect((await first.api<{ tenants: [] }>('GET', '/tenants')).body.tenants).toEqual([]);
  const added = { messages: mails('m', 1, { tenant_id: 'big', account_id: 'main' }) };
  expect((await first.api('POST', '/commands/add-messages', added)).status).toBe(400);
  expect((await first.api('POST', '/commands/activate?tenant_id=big')).status).toBe(400);
  const again = await first.api('POST', '/tenant', { id: 'big' });
  expect(again.status).toBe(409);
  expect(again.body.detail).toMatch(/was deleted and its messages are still being removed/);
  expect(await left()).toBeGreaterThan(0);
  await first.kill();

  const rest = await left();
  expect(rest).toBeGreaterThan(0);
  const second = await stage.service();
  await waitFor('all of it to be removed', async () => (await left()) === 0, { timeoutMs: 240_000 });
  await waitFor(
    'its id to be free',
    async () => (await second.api('POST', '/tenant', { id: 'big' })).status === 200,
    { timeoutMs: 30_000 },
  );
  expect(sink.messages).toEqual([]);
}, 300_000);

test('no key of Redis names an account or a tenant that was deleted, also where a send was under way', async () => {
  const stage = await setStage();
  const sink = await stage.sink();
  const service = await stage.service({ GMP_ACCOUNT_IDLE_SECONDS: '1' });
  const redis = new Redis(stage.redis.url);
  const keys = async () =>
    (await redis.keys('*')).filter((key) => /:send\.(?:shop\.a\d|gone)|:report:de:.*gone/.test(key));
  const shop = await addTenant(service, 'shop', { server: sink });
  const gone = await addTenant(service, 'gone', { server: sink });
  const accounts = Array.from({ length: 20 }, (_, i) => `a${i}`);
  for (const id of accounts) await addAccount(service, 'shop', id, sink);
  for (const id of accounts) await shop.handIn(service, mails(`sent-${id}`, 2, { account_id: id }));
  for (const id of accounts.slice(0, 5)) {
    await shop.handIn(service, mails(`later-${id}`, 2, { account_id: id, deferred_ts: 4_000_000_000 }));
  }
  await gone.handIn(service, mails('gone', 5));
  await shop.handIn(service, mails('stays', 1, { account_id: 'main', deferred_ts: 4_000_000_000 }));
  await sink.waitFor((messages) => messages.length >= 20);
  expect((await keys()).length).toBeGreaterThan(20);
  await Promise.all([
    ...accounts.map((id) => service.api('DELETE', `/account/${id}?tenant_id=shop`)),
    service.api('DELETE', '/tenant/gone'),
  ]);
  await waitFor('their keys to be gone', async () => (await keys()).length === 0, { timeoutMs: 60_000 });
  expect(await redis.keys('*:send.shop.main*')).not.toEqual([]);
  redis.disconnect();
});
