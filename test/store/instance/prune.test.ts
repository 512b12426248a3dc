// Pruning deletes rows that are past their time, in small statements, and no other rows.
import { beforeEach, expect, test } from 'vitest';
import { prune } from '../../../src/store/instance/prune.js';
import { findRememberedCall, rememberedMs } from '../../../src/store/messages/idempotency-keys.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { freshStore, type StoreContext } from '../../support/stage/open-store.js';

let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx } = await freshStore());
});

test('idempotency keys are deleted after a day, however many there are, and younger keys stay', async () => {
  const take = (from: number, count: number) =>
    insertMessages(
      ctx,
      Array.from({ length: count }, (_, i) => {
        const key = `k${from + i}`;
        return { messages: [], keyed: { call: key, caller: 'shop', key, bodyHash: 'hash', rejected: [] } };
      }),
    );
  await take(0, 2500);
  ctx.clock.at += 1;
  await take(2500, 10);
  expect(await prune(ctx)).toBe(0);
  ctx.clock.at += rememberedMs - 1;
  expect(await prune(ctx)).toBe(2500);
  expect(await ctx.db.read.idempotencyKey.count()).toBe(10);
  expect(await findRememberedCall(ctx, { caller: 'shop', key: 'k2500' })).toBeDefined();
});
