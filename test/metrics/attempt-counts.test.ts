// Each account has its own counts; an account that is gone is forgotten, and a new one is not.
import { expect, test } from 'vitest';
import { openAttemptCounts } from '../../src/metrics/attempt-counts.js';

const main = { tenantId: 'shop', accountId: 'main' };
const withMain = [{ id: 'shop', name: null, accountIds: ['main'] }];
const withoutMain = [{ id: 'shop', name: null, accountIds: [] }];

test('each account has its own counts, and none before its first attempt', () => {
  const counts = openAttemptCounts();
  counts.add(main, 'sent');
  counts.add(main, 'sent');
  counts.add(main, 'limited');
  const tenants = [{ id: 'shop', name: null, accountIds: ['main', 'other'] }];
  expect(counts.listAccounts(tenants)).toEqual([
    { owner: main, counts: { sent: 2, deferred: 0, error: 0, limited: 1 } },
    { owner: { tenantId: 'shop', accountId: 'other' }, counts: undefined },
  ]);
});

test('the default account is shown while its tenant exists', () => {
  const counts = openAttemptCounts();
  const owner = { tenantId: 'shop', accountId: null };
  counts.add(owner, 'error');
  for (let i = 0; i < 5; i += 1) expect(counts.listAccounts(withoutMain)).toMatchObject([{ owner }]);
});

test('an account keeps its counts through two snapshots that do not know it, and loses them at the third', () => {
  const counts = openAttemptCounts();
  counts.add(main, 'sent');
  counts.listAccounts(withoutMain);
  counts.listAccounts(withoutMain);
  expect(counts.listAccounts(withMain)).toMatchObject([{ counts: { sent: 1 } }]);
  counts.listAccounts(withoutMain);
  expect(counts.listAccounts(withMain)).toEqual([{ owner: main, counts: undefined }]);
});
