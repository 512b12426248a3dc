// What a tenant uses is counted with every way a message comes or goes, and no message gets in beyond a quota.
import { beforeEach, expect, test } from 'vitest';
import { putAccount } from '../../../src/store/accounts/change.js';
import { claimMessages } from '../../../src/store/messages/claim.js';
import { cleanUpMessages } from '../../../src/store/messages/clean-up.js';
import { deleteMessages } from '../../../src/store/messages/delete.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { recordResults } from '../../../src/store/messages/record-results.js';
import type { NewMessage } from '../../../src/store/messages/upsert.js';
import { putTenant } from '../../../src/store/tenants/change.js';
import { deleteTenant } from '../../../src/store/tenants/delete.js';
import { findStoredUse } from '../../../src/store/tenants/quotas.js';
import {
  addTenant,
  endOf,
  freshStore,
  newMessage,
  type StoreContext,
} from '../../support/stage/open-store.js';

let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx } = await freshStore());
  await addTenant(ctx);
});

/** Contents of a quarter of a MiB. */
const payload = 'x'.repeat(256 * 1024);
const messages = (n: number, fields: Partial<NewMessage> = {}) =>
  Array.from({ length: n }, () => newMessage(ctx, { payload, ...fields }));

async function use(tenantId = 'shop') {
  const { queued, stored_mb } = await findStoredUse(ctx, tenantId, undefined);
  return [queued.used, stored_mb.used];
}

/** By priority, as the history measures it. */
async function depths(): Promise<number[]> {
  const shards = await ctx.db.read.tenantUsage.findMany({ where: { tenantId: 'shop' } });
  const sum = (of: (shard: (typeof shards)[number]) => bigint) =>
    shards.reduce((all, shard) => all + Number(of(shard)), 0);
  return [sum((s) => s.queued0), sum((s) => s.queued1), sum((s) => s.queued2), sum((s) => s.queued3)];
}

async function insert(some: NewMessage[]) {
  const [verdicts] = await insertMessages(ctx, [{ messages: some }]);
  return verdicts?.map((verdict) => (verdict.kind === 'stored' ? 'stored' : verdict.why));
}

async function send(some: NewMessage[], kind: 'sent' | 'failed') {
  const claimed = (await claimMessages(ctx, some, false)).filter((one) => one !== undefined);
  const results = claimed.map(({ pk, attempts }) => endOf(ctx, pk, kind, { attempt: attempts }));
  await recordResults(ctx, results);
}

test('what is handed in, replaced, sent, given up, deleted and cleaned up is counted', async () => {
  const [first, second, third, fourth] = messages(4) as [NewMessage, NewMessage, NewMessage, NewMessage];
  await insert([first, second, third, { ...fourth, priority: 0 }]);
  expect(await use()).toEqual([4, 1]);
  expect(await depths()).toEqual([1, 0, 3, 0]);

  await insert([{ ...first, revision: 'again', priority: 1, payload: payload + payload }]);
  expect(await use()).toEqual([4, 1.25]);
  expect(await depths()).toEqual([1, 1, 2, 0]);

  await send([second], 'sent');
  await send([third], 'failed');
  expect(await use()).toEqual([2, 1.25]);

  await insert([{ ...third, revision: 'once-more' }]);
  expect(await use()).toEqual([3, 1.25]);

  await deleteMessages(ctx, 'shop', [first.id]);
  expect(await use()).toEqual([2, 0.75]);

  const later = ctx.clock.now() + 1000;
  await cleanUpMessages(ctx, 'shop', { reportedBefore: later, unreportedBefore: later });
  expect(await use()).toEqual([2, 0.5]);
  expect(await depths()).toEqual([1, 0, 1, 0]);

  await deleteTenant(ctx, 'shop');
  await putTenant(ctx, 'shop', {});
  expect(await use()).toEqual([0, 0]);
});

test('the last messages of a call are refused, those that replace one are not, and the refusal names the quota', async () => {
  await putTenant(ctx, 'shop', { limits: { max_queued: 3 } });
  const first = messages(2);
  expect(await insert(first)).toEqual(['stored', 'stored']);
  expect(await insert(messages(3))).toEqual(['stored', 'max_queued 3', 'max_queued 3']);
  expect(await insert(first.map((one) => ({ ...one, revision: `${one.pk}-2` })))).toEqual([
    'stored',
    'stored',
  ]);
  expect(await use()).toEqual([3, 0.75]);
  await send(
    first.map((one) => ({ ...one, revision: `${one.pk}-2` })),
    'sent',
  );
  expect(await insert(messages(3))).toEqual(['stored', 'stored', 'max_queued 3']);
});

test('stored contents are bounded, and other tenants are not concerned', async () => {
  await putTenant(ctx, 'shop', { limits: { max_stored_mb: 1 } });
  await addTenant(ctx, 'other');
  const five = messages(5);
  const others = messages(5, { tenantId: 'other' });
  expect(await insert([...five, ...others])).toEqual([
    ...Array.from({ length: 4 }, () => 'stored'),
    'max_stored_mb 1',
    ...Array.from({ length: 5 }, () => 'stored'),
  ]);
  expect(await use('other')).toEqual([5, 1.25]);
});

test('accounts beyond the quota are refused, changes of those that are there are not', async () => {
  await putTenant(ctx, 'shop', { limits: { max_accounts: 2 } });
  const server = { host: '127.0.0.1', port: 25 };
  expect(await putAccount(ctx, 'shop', 'second', server)).toEqual({ kind: 'done' });
  const refused = { kind: 'over_quota', quota: 'max_accounts', limit: 2 };
  expect(await putAccount(ctx, 'shop', 'third', server)).toEqual(refused);
  expect(await putAccount(ctx, 'shop', 'second', { ...server, port: 26 })).toEqual({ kind: 'done' });
  expect(await putAccount(ctx, 'missing', 'main', server)).toEqual({ kind: 'missing' });
  const many = await Promise.all(['a', 'b', 'c', 'd'].map((id) => putAccount(ctx, 'shop', id, server)));
  expect(many).toEqual(many.map(() => refused));
});
