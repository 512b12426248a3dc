// Suspended messages are parked, and taken back in the order of sending once they are activated.
import { beforeEach, expect, test } from 'vitest';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { type Activation, endActivation, findActivations } from '../../../src/store/schedule/activations.js';
import { takeDueForSweep } from '../../../src/store/schedule/due-for-sweep.js';
import { makeAllDue } from '../../../src/store/schedule/make-all-due.js';
import { findActivatedOwners, findOwnersWithWork } from '../../../src/store/schedule/owners-with-work.js';
import { type ActivationCursor, park, takeActivated } from '../../../src/store/schedule/park-suspended.js';
import { parkedFrom } from '../../../src/store/schedule/sweep-schedule.js';
import { activate, suspend } from '../../../src/store/tenants/suspend.js';
import { addTenant, freshStore, newMessage, type StoreContext } from '../../support/stage/open-store.js';

let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx } = await freshStore());
  await addTenant(ctx);
});

async function stored(...priorities: number[]) {
  const messages = priorities.map((priority) => newMessage(ctx, { priority, batchCode: 'b' }));
  await insertMessages(ctx, [{ messages }]);
  return messages;
}

const page = { size: 2, sweepAgainMs: 5000 };
const sweepAll = async () => {
  ctx.clock.at += 3_600_000;
  const { open } = await takeDueForSweep(ctx, { size: 100, sweepAgainMs: 5000 });
  return open.map(({ pk }) => pk);
};

async function given(activation: Activation): Promise<string[]> {
  const pks: string[] = [];
  let after: ActivationCursor | undefined;
  do {
    const taken = await takeActivated(ctx, activation, { ...page, after });
    pks.push(...taken.open.map(({ pk }) => pk));
    after = taken.cursor;
  } while (after !== undefined);
  return pks;
}

test('activated messages are taken once, by priority and age, page by page', async () => {
  const [low, first, high, second, immediate] = await stored(3, 2, 1, 2, 0);
  await suspend(ctx, 'shop', '*');
  expect(await sweepAll()).toEqual([]);
  await activate(ctx, 'shop', '*');
  const [activation] = await findActivations(ctx);
  expect(activation).toMatchObject({ tenantId: 'shop', batchCode: null });
  const order = [immediate, high, first, second, low].map((message) => message?.pk);
  expect(await given(activation!)).toEqual(order);
  expect(await given(activation!)).toEqual([]);
  await endActivation(ctx, activation!);
  expect(await findActivations(ctx)).toEqual([]);
});

test('parked messages are never swept, not even after a loss of the queues', async () => {
  await stored(0, 3);
  await suspend(ctx, 'shop', '*');
  expect(await sweepAll()).toEqual([]);
  await makeAllDue(ctx);
  await activate(ctx, 'shop', '*');
  expect(await sweepAll()).toEqual([]);
  expect(await findOwnersWithWork(ctx, ctx.clock.now())).toEqual([]);
  expect(await findActivatedOwners(ctx, null)).toEqual([{ tenantId: 'shop', accountId: 'main' }]);
});

test('messages that another suspension still covers stay parked', async () => {
  await addTenant(ctx, 'other');
  const mine = await stored(2, 2);
  const theirs = newMessage(ctx, { tenantId: 'other' });
  await insertMessages(ctx, [{ messages: [theirs] }]);
  for (const tenant of ['shop', 'other']) await suspend(ctx, tenant, '*');
  expect(await sweepAll()).toEqual([]);
  await activate(ctx, 'shop', '*');
  const everything = { id: 'x', tenantId: null, batchCode: null };
  expect(await given(everything)).toEqual(mine.map(({ pk }) => pk));
  expect(await findActivatedOwners(ctx, 'other')).toEqual([]);
  await activate(ctx, 'other', '*');
  expect(await given(everything)).toEqual([theirs.pk]);
});

test('a job that ends because its batch is suspended parks the message, unless the batch was activated', async () => {
  const [message] = await stored(1);
  expect(await park(ctx, [message!])).toEqual([false]);
  await suspend(ctx, 'shop', 'b');
  expect(await park(ctx, [{ ...message!, revision: 'older' }])).toEqual([false]);
  expect(await park(ctx, [message!])).toEqual([true]);
  const { nextSweepAt } = await ctx.db.read.message.findFirstOrThrow();
  expect(Number(nextSweepAt)).toBe(parkedFrom + 1);
  await activate(ctx, 'shop', 'b');
  expect(await given({ id: 'x', tenantId: 'shop', batchCode: 'b' })).toEqual([message?.pk]);
});
