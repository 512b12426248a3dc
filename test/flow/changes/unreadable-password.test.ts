// A stored password that none of the keys opens stops its own account only, until the password is set again.
import { beforeAll, expect, test } from 'vitest';
import type { Service } from '../../support/programs/service.js';
import { mail } from '../../support/stage/mail.js';

import { type Stage, setStage } from '../../support/stage/set-stage.js';

import { query } from '../../support/stage/tables.js';
import { addTenant, type Tenant } from '../../support/stage/tenant.js';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});

const auth = { user: 'app', pass: 'right-password' };
const reason =
  'The stored password of account "main" cannot be decrypted with GMP_ENCRYPTION_KEY; set the password again';
/** One send at a time in the whole process: a message that holds its slot stops all accounts. */
const oneSlot = { GMP_MAX_CONCURRENT_SENDS: '1' };

async function whyWaiting(service: Service, { id }: Tenant, message: string) {
  const { body } = await service.api<{ reasons: { kind: string; until_ts?: number }[] }>(
    'GET',
    `/messages/${message}/explain?tenant_id=${id}`,
  );
  return body.reasons;
}

test('its message waits unharmed and holds no slot, and leaves once the password is set again', async () => {
  const sink = await stage.sink({ auth });
  const app = await stage.app();
  let service = await stage.service(oneSlot);
  const account = { user: auth.user, password: auth.pass };
  const shop = await addTenant(service, 'shop', { app, server: sink, account });
  const other = await addTenant(service, 'other', { server: sink, account });
  await query(
    stage.database,
    "UPDATE accounts SET password = 'v1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' WHERE tenant_id = 'shop'",
  );

  await shop.handIn(service, [mail('first'), mail('second')]);
  const waiting = await shop.until(service, 'first', ({ status }) => status === 'deferred');
  expect(waiting).toMatchObject({ retry_count: 0, deferred_ts: expect.any(Number) });
  expect(waiting.history.at(-1)).toMatchObject({ event_type: 'deferred', description: reason });
  const [why] = await whyWaiting(service, shop, 'first');
  expect(why).toMatchObject({ kind: 'account_rests' });
  expect(why?.until_ts).toBeUndefined();
  expect((await app.waitForEntry(({ id }) => id === 'first')).deferred_reason).toBe(reason);
  expect(service.output()).toContain(reason);

  await other.handIn(service, [mail('theirs')]);
  await other.until(service, 'theirs', ({ status }) => status === 'sent');

  const output = service.output();
  expect(await service.term()).toBe(0);
  service = await stage.service(oneSlot);
  expect(await whyWaiting(service, shop, 'first')).toMatchObject([{ kind: 'account_rests' }]);
  await service.api('PUT', '/account/main?tenant_id=shop', { password: auth.pass });
  const sent = await shop.untilAll(service, ({ status }) => status === 'sent');
  expect(sent.map(({ retry_count }) => retry_count)).toEqual([0, 0]);
  expect(sink.count).toBe(3);
  expect(output + service.output()).not.toMatch(/right-password|v1:AAAA/);
});
