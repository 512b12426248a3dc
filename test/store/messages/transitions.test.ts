// Ending an attempt: only by the process that began it, only once; and what did not count leaves no trace.
import { beforeAll, expect, test } from 'vitest';
import { claimMessages } from '../../../src/store/messages/claim.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import {
  type AttemptResult,
  findEnd,
  nextTry,
  recordResults,
} from '../../../src/store/messages/record-results.js';
import { releaseClaims } from '../../../src/store/messages/release-dead-claims.js';
import {
  addTenant,
  asProcess,
  endOf,
  freshStore,
  newMessage,
  type StoreContext,
} from '../../support/stage/open-store.js';

let ctx: StoreContext;
beforeAll(async () => {
  ({ ctx } = await freshStore());
  await addTenant(ctx);
});

async function claimed() {
  const message = newMessage(ctx);
  await insertMessages(ctx, [{ messages: [message] }]);
  await claimMessages(ctx, [message]);
  return message;
}

type Fields = Parameters<typeof endOf>[3] & { kind?: AttemptResult['kind'] };
const result = (pk: string, { kind = 'sent', ...fields }: Fields = {}) =>
  endOf(ctx, pk, kind, { at: ctx.clock.now() + 1000, ...fields });
const find = (pk: string) => ctx.db.read.message.findUniqueOrThrow({ where: { pk } });
const eventsOf = (messagePk: string) =>
  ctx.db.read.event.findMany({ where: { messagePk, type: { not: 'queued' } }, orderBy: { id: 'asc' } });

test('sent: the time, the code, an event with the reply, and the sweep leaves the message alone', async () => {
  const { pk } = await claimed();
  const at = ctx.clock.now() + 1000;
  const metadata = { response: '250 ok' };
  expect(
    await recordResults(ctx, [result(pk, { smtpCode: 250, events: [{ type: 'sent', metadata }] })]),
  ).toEqual([true]);
  expect(await find(pk)).toMatchObject({
    status: 'sent',
    sentAt: BigInt(at),
    smtpCode: 250,
    nextSweepAt: null,
  });
  const [event, ...more] = await eventsOf(pk);
  expect(event).toMatchObject({ type: 'sent', at: BigInt(at), tenantId: 'shop', reportedAt: null });
  expect(JSON.parse(event?.metadata ?? '')).toEqual(metadata);
  expect(more).toEqual([]);
});

test('deferred: when it is tried next, one retry more, and an event that says so', async () => {
  const { pk } = await claimed();
  const dueAt = ctx.clock.now() + 60_000;
  const events = [{ type: 'deferred' as const, description: '450 later', metadata: nextTry(dueAt) }];
  const told = { error: '450 later', smtpCode: 450, events };
  await recordResults(ctx, [result(pk, { kind: 'deferred', dueAt, nextSweepAt: dueAt, ...told })]);
  expect(await find(pk)).toMatchObject({
    status: 'deferred',
    dueAt: BigInt(dueAt),
    nextSweepAt: BigInt(dueAt),
    retryCount: 1,
    error: '450 later',
    smtpCode: 450,
    sentAt: null,
  });
  const [event] = await eventsOf(pk);
  expect(event).toMatchObject({ type: 'deferred', description: '450 later' });
  expect(JSON.parse(event?.metadata ?? '')).toEqual({ deferred_ts: dueAt / 1000 });
});

test('error: the time and the reason, and the sweep leaves the message alone', async () => {
  const { pk } = await claimed();
  await recordResults(ctx, [result(pk, { kind: 'failed', error: '550 no', smtpCode: 550 })]);
  const ended = { status: 'error', error: '550 no', errorAt: expect.any(BigInt), nextSweepAt: null };
  expect(await find(pk)).toMatchObject(ended);
  expect(await eventsOf(pk)).toMatchObject([{ type: 'error', description: '550 no', metadata: null }]);
});

test('a second result of the same attempt changes nothing and makes no event', async () => {
  const { pk } = await claimed();
  await recordResults(ctx, [result(pk)]);
  const later = result(pk, { kind: 'failed', error: 'late', at: ctx.clock.now() + 5000 });
  expect(await recordResults(ctx, [later])).toEqual([false]);
  expect(await find(pk)).toMatchObject({ status: 'sent', error: null });
  expect(await eventsOf(pk)).toHaveLength(1);
});

test('the same result once more makes no second event', async () => {
  const { pk } = await claimed();
  await recordResults(ctx, [result(pk)]);
  expect(await recordResults(ctx, [result(pk)])).toEqual([false]);
  expect(await eventsOf(pk)).toHaveLength(1);
});

test("another process's result does not count", async () => {
  const { pk } = await claimed();
  expect(await recordResults(asProcess(ctx, 'process-2'), [result(pk)])).toEqual([false]);
  expect(await find(pk)).toMatchObject({ status: 'sending', sentAt: null });
  expect(await eventsOf(pk)).toEqual([]);
});

test('the result of an attempt that was taken over does not count, also when the same process took it', async () => {
  const message = await claimed();
  await releaseClaims(ctx, ['process-1']);
  ctx.clock.at += ctx.config.inDoubtGraceSeconds * 1000;
  await claimMessages(ctx, [message]);
  expect(await recordResults(ctx, [result(message.pk)])).toEqual([false]);
  expect(await recordResults(ctx, [result(message.pk, { attempt: 2 })])).toEqual([true]);
  expect((await eventsOf(message.pk)).map(({ type }) => type)).toEqual(['deferred', 'sent']);
});

test('of many results in one call each counts or not on its own, in their order', async () => {
  const [a, b] = [await claimed(), await claimed()];
  const results = [result(b.pk), result('nobody'), result(a.pk, { attempt: 7 })];
  expect(await recordResults(ctx, results)).toEqual([true, false, false]);
  expect([(await find(a.pk)).status, (await find(b.pk)).status]).toEqual(['sending', 'sent']);
});

test('a result that is not taken is told what became of its attempt', async () => {
  const end = (pk: string, revision = pk) => findEnd(ctx, { pk, revision, attempts: 1 });
  const twice = await claimed();
  expect(await recordResults(ctx, [result(twice.pk)])).toEqual([true]);
  expect(await recordResults(ctx, [result(twice.pk)])).toEqual([false]);
  expect(await end(twice.pk)).toBe('recorded');
  expect(await end(twice.pk, 'older')).toBe('replaced');

  const { pk } = await claimed();
  await releaseClaims(ctx, [ctx.processId]);
  expect(await recordResults(ctx, [result(pk)])).toEqual([false]);
  expect(await end(pk)).toBe('given back');
  await ctx.db.writeModels((models) => [models.message.delete({ where: { pk } })]);
  expect(await end(pk)).toBe('deleted');
});
