// The bulk statements of the sweep and of activation, as each database is given them: written down in ./schedule for reviewers.
import { expect, test } from 'vitest';
import { postponeByAge, takeDueForSweep } from '../../../src/store/schedule/due-for-sweep.js';
import { makeAllDue } from '../../../src/store/schedule/make-all-due.js';
import { findActivatedOwners, findOwnersWithWork } from '../../../src/store/schedule/owners-with-work.js';
import { park, takeActivated } from '../../../src/store/schedule/park-suspended.js';
import { sweepByAge } from '../../../src/store/schedule/sweep-schedule.js';
import type { StoreContext } from '../../support/stage/open-store.js';
import { recordSql } from '../../support/stage/record-sql.js';

const page = { size: 500, sweepAgainMs: 5000 };
const activation = { id: 'activation-1', tenantId: 'shop', batchCode: 'batch-1' };
const open = {
  pk: 'pk-1',
  revision: 'rev-1',
  tenantId: 'shop',
  accountId: 'main',
  priority: 2,
  attempts: 0,
  dueAt: 1000,
  nextSweepAt: 2000,
};

test.each<[name: string, work: (ctx: StoreContext) => Promise<unknown>]>([
  ['take-due', (ctx) => takeDueForSweep(ctx, page)],
  ['take-due-by-age', (ctx) => takeDueForSweep(ctx, page, sweepByAge)],
  ['postpone-by-age', (ctx) => postponeByAge(ctx, [open], page.sweepAgainMs)],
  ['make-all-due', makeAllDue],
  ['park', (ctx) => park(ctx, [open])],
  ['take-activated', (ctx) => takeActivated(ctx, activation, { ...page, after: undefined })],
  ['owners-with-work', (ctx) => findOwnersWithWork(ctx, 1000)],
  ['activated-owners', (ctx) => findActivatedOwners(ctx, 'shop')],
])('%s', async (name, work) => {
  await expect(await recordSql(work)).toMatchFileSnapshot(`schedule/${name}.sql`);
});
