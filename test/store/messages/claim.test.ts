// Beginning an attempt: a message is given out once, not before it is due, and only in the revision asked for.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimMessages } from '../../../src/store/messages/claim.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { recordResults } from '../../../src/store/messages/record-results.js';
import { type FreshDatabase, freshDatabase } from '../../support/stage/databases.js';
import {
  addTenant,
  asProcess,
  endOf,
  newMessage,
  openStore,
  type StoreContext,
} from '../../support/stage/open-store.js';

let database: FreshDatabase;
let ctx: StoreContext;
let other: StoreContext;
beforeAll(async () => {
  database = await freshDatabase();
  ctx = await openStore(database.path);
  other = asProcess(await openStore(database.path), 'process-2');
  await addTenant(ctx);
});
afterAll(async () => {
  await Promise.all([ctx.db.close(), other.db.close()]);
  await database.drop();
});

async function stored(fields: Parameters<typeof newMessage>[1] = {}) {
  const message = newMessage(ctx, fields);
  await insertMessages(ctx, [{ messages: [message] }]);
  return message;
}

const find = (pk: string) => ctx.db.read.message.findUniqueOrThrow({ where: { pk } });

test('a claim hands out what is to be sent and marks it as being sent by this process', async () => {
  const message = await stored({ id: 'x', priority: 1, payload: '{"a":"ü"}' });
  const [claimed] = await claimMessages(ctx, [message]);
  expect(claimed).toEqual({
    pk: message.pk,
    id: 'x',
    accountRevision: expect.any(String),
    tenantId: 'shop',
    revision: message.revision,
    priority: 1,
    payload: '{"a":"ü"}',
    contentBytes: 10,
    attempts: 1,
    retryCount: 0,
    createdAt: ctx.clock.now(),
    firstAttemptAt: ctx.clock.now(),
    failuresSoFar: undefined,
    recipients: undefined,
    counted: false,
    defaultReturnPath: undefined,
    hasSuppressions: false,
  });
  expect(await find(message.pk)).toMatchObject({ status: 'sending', claimedBy: 'process-1', attempts: 1 });
});

test('a message is given out once, however many ask in one call, in later calls, from other processes', async () => {
  const message = await stored();
  const first = await claimMessages(ctx, [message, message, message]);
  expect(first.map((claimed) => claimed?.pk)).toEqual([message.pk, undefined, undefined]);
  expect(await claimMessages(ctx, [message])).toEqual([undefined]);
  expect(await claimMessages(other, [message])).toEqual([undefined]);
});

test('the claims of two processes at once share the messages out, each to one of them', async () => {
  const messages = Array.from({ length: 100 }, () => newMessage(ctx));
  await insertMessages(ctx, [{ messages }]);
  const pages = Array.from({ length: 10 }, (_, i) => messages.slice(i * 10, i * 10 + 10));
  const asked = pages.flatMap((page) => [claimMessages(ctx, page), claimMessages(other, page)]);
  const given = (await Promise.all(asked)).flat().flatMap((claimed) => claimed?.pk ?? []);
  expect(given.sort()).toEqual(messages.map(({ pk }) => pk));
});

test('nothing is given out before it is due', async () => {
  const dueAt = ctx.clock.now() + 1;
  const message = await stored({ status: 'deferred', dueAt });
  expect(await claimMessages(ctx, [message])).toEqual([undefined]);
  ctx.clock.at = dueAt;
  expect(await claimMessages(ctx, [message])).toMatchObject([{ pk: message.pk }]);
});

test('an old revision gets nothing, the new one gets the new content', async () => {
  const old = await stored();
  const replacement = newMessage(ctx, { id: old.id, payload: '"new"' });
  await insertMessages(ctx, [{ messages: [replacement] }]);
  const claims = [old, { ...replacement, pk: old.pk }];
  expect(await claimMessages(ctx, claims)).toMatchObject([undefined, { pk: old.pk, payload: '"new"' }]);
});

test.each(['sent', 'error'] as const)('a message that ended as %s is not given out again', async (status) => {
  const message = await stored();
  await claimMessages(ctx, [message]);
  await recordResults(ctx, [endOf(ctx, message.pk, status === 'sent' ? 'sent' : 'failed')]);
  expect(await claimMessages(ctx, [message])).toEqual([undefined]);
});

test('the answers stand in the order of the claims, with a gap where there is nothing', async () => {
  const [a, b] = [await stored(), await stored()];
  const nobody = { ...a, pk: 'nobody', revision: 'nobody' };
  const claimed = await claimMessages(ctx, [b, nobody, a]);
  expect(claimed.map((one) => one?.pk)).toEqual([b.pk, undefined, a.pk]);
});
