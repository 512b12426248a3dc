// The sweep finds unsent messages in the order of acceptance and ever more rarely, those of dead processes included.
import { beforeEach, expect, test } from 'vitest';
import { countPending } from '../../../src/store/listing/count-pending.js';
import { claimMessages } from '../../../src/store/messages/claim.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { recordResults } from '../../../src/store/messages/record-results.js';
import { releaseClaims } from '../../../src/store/messages/release-dead-claims.js';
import type { NewMessage } from '../../../src/store/messages/upsert.js';
import { postponeByAge, takeDueForSweep } from '../../../src/store/schedule/due-for-sweep.js';
import { makeAllDue } from '../../../src/store/schedule/make-all-due.js';
import { park } from '../../../src/store/schedule/park-suspended.js';
import { firstSweepAt } from '../../../src/store/schedule/sweep-schedule.js';
import { suspend } from '../../../src/store/tenants/suspend.js';
import {
  addTenant,
  asProcess,
  endOf,
  freshStore,
  newMessage,
  type StoreContext,
} from '../../support/stage/open-store.js';

const sweepAgainMs = 5000;

let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx } = await freshStore());
  await addTenant(ctx);
});

async function stored(...fields: Partial<NewMessage>[]): Promise<NewMessage[]> {
  const messages = fields.map((one) => newMessage(ctx, one));
  await insertMessages(ctx, [{ messages }]);
  return messages;
}

const taken = async (size = 100) => (await takeDueForSweep(ctx, { size, sweepAgainMs })).open;
const take = async (size = 100) => (await taken(size)).map(({ pk }) => pk);
const pksOf = (messages: NewMessage[]) => messages.map(({ pk }) => pk);
const find = (pk: string) => ctx.db.read.message.findUniqueOrThrow({ where: { pk } });

test('messages are swept once they are due for it, in the order of acceptance, page by page', async () => {
  const messages = await stored({}, {}, {});
  expect(await take()).toEqual([]);
  ctx.clock.at += 5000;
  expect(await take(2)).toEqual(pksOf(messages).slice(0, 2));
  expect(await take(2)).toEqual(pksOf(messages).slice(2));
  expect(await take(2)).toEqual([]);
});

test('the next sweep is soon until the message is queued, then after its age, an hour at most', async () => {
  const [message] = await stored({});
  const pauses: number[][] = [];
  const pause = async () => Number((await find(message?.pk ?? '')).nextSweepAt) - ctx.clock.at;
  for (const age of [5000, 60_000, 1_800_000, 36_000_000]) {
    ctx.clock.at = Number((await find(message?.pk ?? '')).createdAt) + age;
    const open = await taken();
    expect(open).toHaveLength(1);
    const before = await pause();
    await postponeByAge(ctx, open, sweepAgainMs);
    pauses.push([before, await pause()]);
  }
  expect(pauses).toEqual([5000, 60_000, 1_800_000, 3_600_000].map((ms) => [5000, ms]));
});

test('a message that was parked or made due since it was taken is not postponed', async () => {
  const [parked, due] = (await stored({ batchCode: 'b' }, {})) as [NewMessage, NewMessage];
  ctx.clock.at += 60_000;
  const open = await taken();
  await suspend(ctx, 'shop', 'b');
  await park(ctx, [parked]);
  const before = await find(parked.pk);
  await ctx.db.writeModels((models) => [
    models.message.update({ where: { pk: due.pk }, data: { nextSweepAt: 1n } }),
  ]);
  await postponeByAge(ctx, open, sweepAgainMs);
  expect((await find(parked.pk)).nextSweepAt).toBe(before.nextSweepAt);
  expect((await find(due.pk)).nextSweepAt).toBe(1n);
});

test('a message that is not due yet is swept shortly before, and then not before it is due', async () => {
  const dueAt = ctx.clock.now() + 3_600_000;
  const nextSweepAt = firstSweepAt({ sweepIntervalSeconds: 5 }, ctx.clock.now(), dueAt);
  expect(nextSweepAt).toBe(dueAt - 15_000);
  const [message] = await stored({ status: 'deferred', dueAt, nextSweepAt });
  ctx.clock.at = nextSweepAt;
  expect(await take()).toEqual([message?.pk]);
  expect(Number((await find(message?.pk ?? '')).nextSweepAt)).toBeGreaterThan(dueAt);
});

test('sent and failed messages and those in flight are not swept', async () => {
  const [sent, failed, sending] = (await stored({}, {}, {})) as [NewMessage, NewMessage, NewMessage];
  await claimMessages(ctx, [sent, failed, sending]);
  await recordResults(ctx, [endOf(ctx, sent.pk, 'sent'), endOf(ctx, failed.pk, 'failed')]);
  expect(await countPending(ctx)).toBe(1);
  ctx.clock.at += 86_400_000;
  await makeAllDue(ctx);
  expect(await take()).toEqual([]);
});

test('after a loss of the queues every unsent message is swept at once, even one due much later', async () => {
  const dueAt = ctx.clock.now() + 86_400_000;
  const messages = await stored({}, { status: 'deferred', dueAt, nextSweepAt: dueAt }, {});
  await makeAllDue(ctx);
  expect(await take(2)).toEqual(pksOf(messages).slice(0, 2));
  expect(await take(2)).toEqual(pksOf(messages).slice(2));
});

test('the messages a dead process was sending are sent again after the grace time, and those of others stay', async () => {
  const [mine, theirs] = (await stored({}, {})) as [NewMessage, NewMessage];
  await claimMessages(ctx, [mine]);
  await claimMessages(asProcess(ctx, 'dead'), [theirs]);
  expect(await releaseClaims(ctx, ['dead'])).toBe(1);
  expect(await releaseClaims(ctx, ['dead'])).toBe(0);
  expect(await releaseClaims(ctx, [])).toBe(0);
  expect(await find(mine.pk)).toMatchObject({ status: 'sending', claimedBy: 'process-1' });
  const dueAt = ctx.clock.now() + ctx.config.inDoubtGraceSeconds * 1000;
  expect(await find(theirs.pk)).toMatchObject({
    status: 'deferred',
    claimedBy: null,
    attempts: 1,
    retryCount: 1,
  });
  expect(await take()).toEqual([theirs.pk]);
  expect(await claimMessages(ctx, [theirs])).toEqual([undefined]);
  ctx.clock.at = dueAt;
  expect(await claimMessages(ctx, [theirs])).toMatchObject([{ pk: theirs.pk, attempts: 2 }]);
});
