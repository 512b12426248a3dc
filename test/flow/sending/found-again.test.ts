// Work that waits in queues is found by processes that were not there when it was queued.
import { expect, test } from 'vitest';
import { mails } from '../../support/stage/mail.js';
import { setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

/** The sweep would look at these messages again only much later. */
const settings = { GMP_SWEEP_INTERVAL_SECONDS: '3600', GMP_BREAKER_OPEN_SECONDS: '3600' };

test('a queue that was paused when its process stopped is worked on by the next process', async () => {
  const stage = await setStage();
  const sink = await stage.sink();
  const first = await stage.service(settings);
  const tenant = await addTenant(first, 'shop', { server: sink, account: { limit_per_hour: 1 } });
  await tenant.handIn(first, mails('m', 3));
  await sink.waitFor(1);
  await first.term();
  const second = await stage.service({ ...settings, GMP_ROLES: 'api' });
  await second.api('PUT', '/account/main?tenant_id=shop', { limit_per_hour: null });
  await second.term();
  await stage.service(settings);
  await sink.waitFor(3);
});

test('a paused queue whose process died is worked on by another process that was running all along', async () => {
  const stage = await setStage();
  const sink = await stage.sink();
  const sweeping = { GMP_SWEEP_INTERVAL_SECONDS: '1' };
  const first = await stage.program(sweeping);
  const tenant = await addTenant(first, 'shop', { server: sink, account: { limit_per_hour: 1 } });
  await tenant.handIn(first, mails('m', 3));
  await sink.waitFor(1);
  await tenant.until(first, 'm-2', ({ status }) => status !== 'pending');
  const second = await stage.service(sweeping);
  await first.kill();
  await second.api('PUT', '/account/main?tenant_id=shop', { limit_per_hour: null });
  await sink.waitFor(3);
  expect(sink.messages.map(({ id }) => id).sort()).toEqual(['m-1', 'm-2', 'm-3']);
});
