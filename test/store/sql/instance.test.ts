// The statements on the installation, tenants and accounts, as each database is given them: written down in ./instance.
import { expect, test } from 'vitest';
import { accountIds } from '../../../src/store/accounts/accounts.js';
import { openBreaker } from '../../../src/store/accounts/breaker.js';
import { findUnregisteredClaimants } from '../../../src/store/instance/dead-processes.js';
import { findCommands } from '../../../src/store/instance/find-commands.js';
import { snapshotQueues, snapshotReports } from '../../../src/store/instance/metrics-snapshot.js';
import { prune } from '../../../src/store/instance/prune.js';
import { deleteTenant } from '../../../src/store/tenants/delete.js';
import { activate, suspend } from '../../../src/store/tenants/suspend.js';
import type { StoreContext } from '../../support/stage/open-store.js';
import { recordSql } from '../../support/stage/record-sql.js';

const filter = { tenantId: 'shop', from: 1000, before: 3000, endpoint: 'add', limit: 100 };
const opening = {
  owner: { tenantId: 'shop', accountId: 'main' },
  revision: 'rev-1',
  until: 2000,
  reason: '454 4.7.0 Too many login attempts',
  smtpCode: 454,
  failures: 1,
};

test.each<[name: string, work: (ctx: StoreContext) => Promise<unknown>]>([
  ['account-ids', (ctx) => accountIds(ctx, 'shop')],
  ['open-breaker', (ctx) => openBreaker(ctx, opening)],
  ['suspend-batch', (ctx) => suspend(ctx, 'shop', 'batch-1')],
  ['delete-tenant', (ctx) => deleteTenant(ctx, 'shop')],
  ['unregistered-claimants', findUnregisteredClaimants],
  ['find-commands', (ctx) => findCommands(ctx, { ...filter, after: { at: 2000, id: 7 } })],
  ['snapshot-queues', snapshotQueues],
  ['snapshot-reports', snapshotReports],
  ['prune', prune],
])('%s', async (name, work) => {
  await expect(await recordSql(work)).toMatchFileSnapshot(`instance/${name}.sql`);
});

test('activating makes an activation with a random id in place of an earlier one', async () => {
  const recorded = await recordSql((ctx) => activate(ctx, 'shop', '*'));
  const anyId = recorded.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'random-id');
  await expect(anyId).toMatchFileSnapshot('instance/activate.sql');
});
