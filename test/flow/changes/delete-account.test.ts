// What is still to be sent through an account that is deleted fails with that reason, in its tenant alone.
import { beforeEach, expect, test } from 'vitest';
import { mail, mails } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addAccount, addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
beforeEach(async () => {
  stage = await setStage();
});

test('messages that wait fail when their turn comes, and are reported; those of another tenant are sent', async () => {
  const [sink, app] = [await stage.sink(), await stage.app()];
  const service = await stage.service();
  const shop = await addTenant(service, 'shop', { app, server: sink });
  const other = await addTenant(service, 'other', { server: sink });
  for (const { id } of [shop, other]) await service.api('POST', `/commands/suspend?tenant_id=${id}`);
  await shop.handIn(service, mails('waits', 5, { account_id: 'main' }));
  await other.handIn(service, [mail('theirs', { account_id: 'main' })]);
  expect((await service.api('DELETE', '/account/main?tenant_id=shop')).status).toBe(200);
  for (const { id } of [shop, other]) await service.api('POST', `/commands/activate?tenant_id=${id}`);

  const failed = await shop.untilAll(service, ({ reported_ts }) => reported_ts !== undefined);
  const ends = failed.map(({ status, error, retry_count }) => ({ status, error, retry_count }));
  const end = { status: 'error', error: 'The account main no longer exists', retry_count: 0 };
  expect(ends).toEqual(Array(5).fill(end));
  expect(app.entries.map(({ error }) => error)).toEqual(Array(5).fill(end.error));
  await sink.waitFor(1);
  expect(sink.messages.map(({ id }) => id)).toEqual(['theirs']);

  // An id that is used again names another account.
  await addAccount(service, 'shop', 'main', sink);
  await shop.handIn(service, [mail('anew', { account_id: 'main' })]);
  await sink.waitFor(2);
});
