// What is taken back from whom: from processes that are gone, known or not, and never from one that is at work.
import { beforeEach, expect, test } from 'vitest';
import { putAccount, updateAccount } from '../../../src/store/accounts/change.js';
import { findUnregisteredClaimants, isAlone } from '../../../src/store/instance/dead-processes.js';
import { registerProcess } from '../../../src/store/instance/heartbeat.js';
import { claimBatched, claimMessages } from '../../../src/store/messages/claim.js';
import { markHandedOver } from '../../../src/store/messages/handed-over.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { recordBatched, recordResults } from '../../../src/store/messages/record-results.js';
import { releaseClaims, releaseLostClaims } from '../../../src/store/messages/release-dead-claims.js';
import type { NewMessage } from '../../../src/store/messages/upsert.js';
import {
  addTenant,
  asProcess,
  endOf,
  freshStore,
  newMessage,
  type StoreContext,
} from '../../support/stage/open-store.js';

const timeoutMs = 30_000;

let ctx: StoreContext;
let ghost: StoreContext;
beforeEach(async () => {
  ({ ctx } = await freshStore({ GMP_PROCESS_TIMEOUT_SECONDS: '30' }));
  ghost = asProcess(ctx, 'ghost');
  await addTenant(ctx);
  await registerProcess(ctx, '1.0');
});

async function stored(): Promise<NewMessage> {
  const message = newMessage(ctx);
  await insertMessages(ctx, [{ messages: [message] }]);
  return message;
}

const limit = (perDay: number) =>
  putAccount(ctx, 'shop', 'main', { host: '127.0.0.1', port: 25, limit_per_day: perDay });
const find = (pk: string) => ctx.db.read.message.findUniqueOrThrow({ where: { pk } });
const later = (ms: number) => {
  ctx.clock.at += ms;
};

test('a process that claimed without being registered is dead when its claim is older than the time of silence', async () => {
  const { pk } = await claimedBy(ghost);
  later(timeoutMs - 1);
  expect(await findUnregisteredClaimants(ctx)).toEqual([]);
  later(1);
  expect(await findUnregisteredClaimants(ctx)).toEqual(['ghost']);
  expect(await releaseClaims(ctx, ['ghost'])).toBe(1);
  expect(await find(pk)).toMatchObject({ status: 'deferred', claimedBy: null });
  expect(await findUnregisteredClaimants(ctx)).toEqual([]);
});

test('one that has put itself back meanwhile is none, nor is the process that asks', async () => {
  await claimedBy(ghost);
  await claimedBy(asProcess(ctx, 'asking'));
  later(timeoutMs);
  await registerProcess(ghost, '1.0');
  expect(await findUnregisteredClaimants(asProcess(ctx, 'asking'))).toEqual([]);
});

test('slots that nothing but such a process holds are given free, and it is no company', async () => {
  await limit(1);
  const message = await stored();
  await claimMessages(ghost, [message], true);
  await ctx.db.writeModels((models) => [models.message.delete({ where: { pk: message.pk } })]);
  later(timeoutMs);
  expect(await findUnregisteredClaimants(ctx)).toEqual(['ghost']);
  expect(await isAlone(ctx)).toBe(true);
  await releaseClaims(ctx, ['ghost']);
  expect(await ctx.db.read.sendSlot.count()).toBe(0);
  expect(await findUnregisteredClaimants(ctx)).toEqual([]);
});

test('a claim of which this process knows nothing is given back with its slots', async () => {
  await limit(1);
  const message = await stored();
  await claimMessages(ctx, [message], true);
  later(10_000);
  expect(await releaseLostClaims(ctx)).toBe(1);
  expect(await find(message.pk)).toMatchObject({ status: 'pending', claimedBy: null });
  expect(await ctx.db.read.sendSlot.count()).toBe(0);
});

test('a claim whose attempt is in flight in this process is not lost', async () => {
  const message = await stored();
  expect(await claimBatched(ctx, message)).toMatchObject({ kind: 'claimed' });
  later(10_000);
  expect(await releaseLostClaims(ctx)).toBe(0);
  expect(await recordBatched(ctx, endOf(ctx, message.pk, 'sent'))).toBe(true);
});

test('an attempt that ends while lost claims are looked for costs the next one of the same message nothing', async () => {
  await limit(9);
  const message = await stored();
  await claimMessages(ctx, [message], true);
  later(10_000);
  const { transaction } = ctx.db;
  const asked = { ...ctx };
  asked.db = {
    ...ctx.db,
    transaction: async (statements) => {
      await recordResults(ctx, [endOf(ctx, message.pk, 'deferred', { dueAt: 0, nextSweepAt: 0 })]);
      expect(await claimMessages(ctx, [message], true)).toMatchObject([{ attempts: 2 }]);
      return transaction(statements);
    },
  };
  expect(await releaseLostClaims(asked)).toBe(0);
  expect(await find(message.pk)).toMatchObject({ status: 'sending', attempts: 2, claimedBy: ctx.processId });
  expect(await ctx.db.read.sendSlot.count({ where: { attempt: `${message.pk}-2` } })).toBe(1);
});

test('an attempt that began before its account was told to hold what is in doubt is in doubt, though it has no mark', async () => {
  const before = await claimedBy(ghost);
  later(1000);
  await updateAccount(ctx, 'shop', 'main', { on_in_doubt: 'hold' });
  later(1000);
  const after = await claimedBy(ghost);
  const marked = await claimedBy(ghost);
  await markHandedOver(ghost, [{ pk: marked.pk, attempt: 1 }]);
  await releaseClaims(ctx, ['ghost']);
  expect(await find(before.pk)).toMatchObject({ status: 'error', error: 'in_doubt', nextSweepAt: null });
  expect(await find(after.pk)).toMatchObject({ status: 'pending' });
  expect(await find(marked.pk)).toMatchObject({ status: 'error', error: 'in_doubt' });
  const ofBefore = await ctx.db.read.event.findMany({
    where: { messagePk: before.pk, type: { not: 'queued' } },
  });
  expect(ofBefore.map(({ type, description }) => [type, description])).toEqual([['error', 'in_doubt']]);
});

async function claimedBy(process: StoreContext): Promise<NewMessage> {
  const message = await stored();
  expect(await claimMessages(process, [message])).toMatchObject([{ pk: message.pk }]);
  return message;
}

test('a message that ends its process each time, before its body has left, ends as an error that says so', async () => {
  await updateAccount(ctx, 'shop', 'main', { on_in_doubt: 'hold' });
  later(1000);
  const message = await stored();
  const tries = ctx.config.maxRetries + 1;
  for (let n = 1; n <= tries; n++) {
    expect(await find(message.pk)).toMatchObject({ status: 'pending', retryCount: n - 1 });
    expect(await claimMessages(ghost, [message])).toMatchObject([{ attempts: n }]);
    await releaseClaims(ctx, ['ghost']);
  }
  expect(await find(message.pk)).toMatchObject({
    status: 'error',
    error: 'the process ended during each attempt, before anything of the message had left',
    nextSweepAt: null,
  });
  const [event] = await ctx.db.read.event.findMany({ where: { messagePk: message.pk, type: 'error' } });
  expect(event).toMatchObject({ description: expect.stringContaining('before anything'), metadata: '{}' });
});
