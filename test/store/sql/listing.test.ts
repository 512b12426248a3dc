// The statements that lists are read with, as each database is given them: written down in ./listing for reviewers.
import { expect, test } from 'vitest';
import { countPending } from '../../../src/store/listing/count-pending.js';
import { findMessage, listMessages } from '../../../src/store/listing/list.js';
import { readPage } from '../../../src/store/listing/page.js';
import { countAhead, msBetweenSends } from '../../../src/store/listing/position.js';
import { searchMessages } from '../../../src/store/search/search-messages.js';
import type { StoreContext } from '../../support/stage/open-store.js';
import { recordSql } from '../../support/stage/record-sql.js';

const all = { activeOnly: false, limit: 100 };
const narrow = { ...all, status: 'sent' as const, batchCode: 'batch-1', accountId: 'main', after: 'pk-0' };
const message = {
  pk: 'pk-1',
  revision: 'rev-1',
  tenantId: 'shop',
  accountId: 'main',
  status: 'pending' as const,
  priority: 2,
  attempts: 0,
  retryCount: 0,
  at: 1000,
  error: undefined,
  smtpCode: undefined,
};

test.each<[name: string, work: (ctx: StoreContext) => Promise<unknown>, answers?: Record<string, unknown[]>]>(
  [
    ['page-of-one-status', (ctx) => readPage(ctx, 'shop', narrow)],
    [
      'page-with-history',
      (ctx) => listMessages(ctx, 'shop', { ...all, includeHistory: true }),
      { entries: [{ pk: 'pk-1', bytes: 100 }] },
    ],
    [
      'search-words',
      (ctx) => searchMessages(ctx, 'shop', { ...all, search: 'invoice 17' }),
      { query: [{ i: 0 }, { i: 1 }] },
    ],
    ['search-error', (ctx) => searchMessages(ctx, 'shop', { ...all, error: '550', batchCode: 'batch-1' })],
    ['message', (ctx) => findMessage(ctx, 'shop', 'id-1')],
    ['count-pending', (ctx) => countPending(ctx, 'shop', { batchCode: 'batch-1' })],
    ['count-ahead', (ctx) => countAhead(ctx, message)],
    ['pace', (ctx) => msBetweenSends(ctx, message)],
  ],
)('%s', async (name, work, answers) => {
  await expect(await recordSql(work, answers)).toMatchFileSnapshot(`listing/${name}.sql`);
});
