// The service by itself removes messages that were reported and kept for their time, and keeps those that no application took.
import { beforeAll, expect, test } from 'vitest';
import { waitFor } from '../../support/programs/wait-for.js';
import { mail } from '../../support/stage/mail.js';
import { type Stage, setStage } from '../../support/stage/set-stage.js';
import { addTenant } from '../../support/stage/tenant.js';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});

test('a message goes some time after its report, also once Redis was emptied; one whose report is refused stays', async () => {
  const service = await stage.service({ GMP_DELIVERY_REPORT_RETENTION_SECONDS: '1' });
  const [server, app] = [await stage.sink(), await stage.app()];
  const refusing = await stage.app({ answer: () => ({ status: 500 }) });
  const waiting = await addTenant(service, 'waiting', { app: refusing, server });
  await waiting.handIn(service, [mail('stays')]);
  await waiting.until(service, 'stays', ({ status }) => status === 'sent');
  const tenant = await addTenant(service, 'shop', { app, server });
  const status = async (tenantId: string, id: string) =>
    (await service.api('GET', `/messages/${id}?tenant_id=${tenantId}`)).status;
  for (const id of ['goes', 'goes-too']) {
    await tenant.handIn(service, [mail(id)]);
    await app.waitForEntry((entry) => entry.id === id);
    await waitFor(`${id} to be removed`, async () => (await status('shop', id)) === 404);
    await stage.emptyRedis();
  }
  expect(await status('waiting', 'stays')).toBe(200);
  expect(await service.term()).toBe(0);
});
