// A mail that comes back while the attempt is under way is not lost, and one that comes back to two mailboxes counts once.
import { expect, test } from 'vitest';
import { openBounceMailbox } from '../../support/bounces/bounce-mailbox.js';
import { bounceMail } from '../../support/bounces/returned-mail.js';
import { waitFor } from '../../support/programs/wait-for.js';
import { mail } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

const sesId = '0102018f2a7c4d10-8a9b0c1d-1234-4abc-9def-001122334455-000000';

test('a bounce that comes before the reply of the server is recorded is matched, at once or as soon as its id is known', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const stage = await setStage();
  const sink = await stage.sink({ onData: () => held.then(() => ({ code: 250, message: `Ok ${sesId}` })) });
  const app = await stage.app();
  const service = await stage.service();
  const account = { return_path: 'bounces+%verp%@acme.test' };
  const shop = await addTenant(service, 'shop', { app, server: sink, account, tenant: { suppress: 'hard' } });
  const receive = await openBounceMailbox(stage.database);
  await shop.handIn(service, [mail('fast', { to: ['fast@example.test'] })]);
  const { mailFrom } = await waitFor('the mail to be at the server', () => sink.attempts[0]);
  const back = (to: string, headers: string[], status: string) =>
    bounceMail({ to, recipients: [{ address: 'fast@example.test', status }], headers });
  const find = () => shop.find(service, 'fast');

  const named = back('app@acme.test', [`Message-ID: <${sesId}@email.amazonses.com>`], '5.1.1');
  const signed = back(mailFrom, [], '4.2.2');
  expect(await receive([signed, named])).toEqual(['matched', 'unmatched']);
  // It came to a mailbox of another tenant, too, and the signed one to the tenant's own.
  expect(await receive([named], { tenantId: 'other' })).toEqual(['unmatched']);
  expect(await receive([signed], { tenantId: 'shop' })).toEqual(['seen-before']);
  await receive.late();
  expect(await find()).toMatchObject({ status: 'pending', bounce_type: 'soft' });

  release();
  await shop.until(service, 'fast', ({ status }) => status === 'sent');
  for (let times = 0; times < 2; times++) {
    await receive.late({ tenantId: 'other' });
    await receive.late();
  }
  const message = await find();
  expect(message).toMatchObject({ status: 'sent', bounce_type: 'hard', bounce_reason: 'user_unknown' });
  const types = message.history.map(({ event_type }) => event_type);
  expect(types.toSorted()).toEqual(['bounce', 'bounce', 'queued', 'sent']);
  await waitFor(
    'both to be reported',
    () => app.entries.filter((one) => one.event_type === 'bounce').length === 2,
  );
  const { body } = await service.api<{ bounces: object[] }>('GET', '/bounces?tenant_id=shop');
  expect(body.bounces).toMatchObject([
    { matched_by: 'verp' },
    { matched_by: 'provider_id', message_id: 'fast' },
  ]);
  const list = await service.api('GET', '/suppressions?tenant_id=shop');
  expect(list.body).toMatchObject({ suppressions: [{ address: 'fast@example.test', source: 'bounce' }] });
});

test('a bounce of an attempt whose end is unknown stays with the message, which is sent once more', async () => {
  let cut = () => {};
  const held = new Promise<'drop'>((resolve) => {
    cut = () => resolve('drop');
  });
  const stage = await setStage();
  const sink = await stage.sink({ onData: (_message, n) => (n === 1 ? held : undefined) });
  const service = await stage.service({ GMP_IN_DOUBT_GRACE_SECONDS: '1', GMP_RETRY_DELAYS: '1' });
  const account = { return_path: 'bounces+%verp%@acme.test' };
  const shop = await addTenant(service, 'shop', { server: sink, account });
  const receive = await openBounceMailbox(stage.database);
  await shop.handIn(service, [mail('cut', { to: ['cut@example.test'] })]);
  const { mailFrom } = await waitFor('the mail to be at the server', () => sink.attempts[0]);
  const back = () => bounceMail({ to: mailFrom, recipients: [{ address: 'cut@example.test' }] });
  expect(await receive([back()])).toEqual(['matched']);
  cut();
  await shop.until(service, 'cut', ({ history }) => history.some((one) => one.event_type === 'deferred'));
  expect(await receive([back()])).toEqual(['matched']);
  const sent = await shop.until(service, 'cut', ({ status }) => status === 'sent');
  expect(sent).toMatchObject({ bounce_type: 'hard', bounce_reason: 'user_unknown' });
  const types = sent.history.map(({ event_type }) => event_type);
  expect(types.toSorted()).toEqual(['bounce', 'bounce', 'deferred', 'queued', 'sent']);
});
