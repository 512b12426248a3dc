// A call with a key is stored once, whoever repeats it, and what its answer is made of is kept in the same transaction.
import { beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../../src/store/db/open.js';
import { claimMessages } from '../../../src/store/messages/claim.js';
import {
  findRememberedCall,
  type KeyedCall,
  rememberedMs,
} from '../../../src/store/messages/idempotency-keys.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import type { NewMessage } from '../../../src/store/messages/upsert.js';
import { deleteTenant } from '../../../src/store/tenants/delete.js';
import type { FreshDatabase } from '../../support/stage/databases.js';
import { addTenant, freshStore, newMessage, type StoreContext } from '../../support/stage/open-store.js';

let database: FreshDatabase;
let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx, database } = await freshStore());
  await addTenant(ctx);
});

let calls = 0;
function keyedCall(fields: Partial<KeyedCall> = {}): KeyedCall {
  calls += 1;
  return { call: `call-${calls}`, caller: 'shop', key: 'k', bodyHash: 'hash', rejected: [], ...fields };
}
const kindsOf = (verdicts: ({ kind: string }[] | undefined)[]) =>
  verdicts.map((call) => call?.map(({ kind }) => kind));
const ids = async () => (await ctx.db.read.message.findMany({ orderBy: { pk: 'asc' } })).map(({ id }) => id);
const kept = () => findRememberedCall(ctx, { caller: 'shop', key: 'k' });

test('the first call with a key is stored, every other one is not, and both are told so', async () => {
  const [first, second] = [newMessage(ctx), newMessage(ctx)];
  expect(kindsOf(await insertMessages(ctx, [{ messages: [first], keyed: keyedCall() }]))).toEqual([
    ['stored'],
  ]);
  expect(await insertMessages(ctx, [{ messages: [second], keyed: keyedCall() }])).toEqual([undefined]);
  expect(await ids()).toEqual([first.id]);
  expect(await ctx.db.read.event.count()).toBe(1);
  expect(await ctx.db.read.messageContent.count()).toBe(1);
});

test('what was stored and what was refused is kept with the key, also where the call never got to its answer', async () => {
  const [sent, twice] = [newMessage(ctx, { id: 'under-way' }), newMessage(ctx)];
  await insertMessages(ctx, [{ messages: [sent] }]);
  await claimMessages(ctx, [sent]);
  const rejected = [{ id: null, reason: 'missing id' }];
  const messages = [
    newMessage(ctx),
    newMessage(ctx, { id: 'under-way' }),
    newMessage(ctx, { id: 'lost', accountId: 'nobody' }),
    twice,
    newMessage(ctx, { id: twice.id }),
  ];
  const [verdicts] = await insertMessages(ctx, [{ messages, keyed: keyedCall({ rejected }) }]);
  expect(verdicts?.map((one) => (one.kind === 'refused' ? one.why : one.kind))).toEqual([
    'stored',
    'being_sent',
    'no_account',
    'stored',
    'stored',
  ]);
  expect(await kept()).toEqual({
    bodyHash: 'hash',
    rejected,
    queued: 3,
    refused: [
      { id: 'under-way', tenantId: 'shop', why: 'being_sent' },
      { id: 'lost', tenantId: 'shop', why: 'no_account' },
    ],
  });
});

test('a call of which nothing was fit to be stored is kept too', async () => {
  const rejected = [{ id: 'bad', reason: 'missing to' }];
  expect(await insertMessages(ctx, [{ messages: [], keyed: keyedCall({ rejected }) }])).toEqual([[]]);
  expect(await kept()).toEqual({ bodyHash: 'hash', rejected, queued: 0, refused: [] });
});

test('a call that the database refuses leaves its key free', async () => {
  const message = newMessage(ctx);
  const clash = newMessage(ctx, { pk: message.pk });
  await expect(insertMessages(ctx, [{ messages: [message, clash], keyed: keyedCall() }])).rejects.toThrow();
  expect(await kept()).toBeUndefined();
  expect(kindsOf(await insertMessages(ctx, [{ messages: [message], keyed: keyedCall() }]))).toEqual([
    ['stored'],
  ]);
});

test('a key belongs to its caller: the same one of another tenant, or of the admin, is another', async () => {
  await addTenant(ctx, 'other');
  const callers = ['shop', 'other', undefined];
  for (const caller of callers) {
    const messages = [newMessage(ctx, { tenantId: caller ?? 'shop' })];
    expect(kindsOf(await insertMessages(ctx, [{ messages, keyed: keyedCall({ caller }) }]))).toEqual([
      ['stored'],
    ]);
  }
  expect(await ids()).toHaveLength(3);
  await deleteTenant(ctx, 'shop');
  const left = await Promise.all(callers.map((caller) => findRememberedCall(ctx, { caller, key: 'k' })));
  expect(left.map((one) => one?.queued)).toEqual([undefined, 1, 1]);
});

test('after a day a key is forgotten and may be used anew', async () => {
  await insertMessages(ctx, [{ messages: [newMessage(ctx)], keyed: keyedCall() }]);
  ctx.clock.at += rememberedMs - 1;
  expect(await kept()).toMatchObject({ queued: 1 });
  ctx.clock.at += 1;
  expect(await kept()).toBeUndefined();
  const messages = [newMessage(ctx), newMessage(ctx)];
  const again = await insertMessages(ctx, [{ messages, keyed: keyedCall({ bodyHash: 'other' }) }]);
  expect(kindsOf(again)).toEqual([['stored', 'stored']]);
  expect(await kept()).toMatchObject({ bodyHash: 'other', queued: 2, refused: [] });
});

test('in one transaction calls with keys, without, and with keys that are taken are each told their own', async () => {
  await insertMessages(ctx, [{ messages: [newMessage(ctx)], keyed: keyedCall({ key: 'taken' }) }]);
  const [plain, keyed, late] = [newMessage(ctx), newMessage(ctx), newMessage(ctx)];
  const results = await insertMessages(ctx, [
    { messages: [plain, newMessage(ctx, { accountId: 'nobody' })] },
    { messages: [keyed, newMessage(ctx, { accountId: 'nobody' })], keyed: keyedCall({ key: 'new' }) },
    { messages: [late], keyed: keyedCall({ key: 'taken' }) },
  ]);
  expect(kindsOf(results)).toEqual([['stored', 'refused'], ['stored', 'refused'], undefined]);
  expect(await ids()).not.toContain(late.id);
});

test('a call whose key is taken costs no other call a message of the same id', async () => {
  await insertMessages(ctx, [{ messages: [newMessage(ctx)], keyed: keyedCall({ key: 'taken' }) }]);
  const mine = newMessage(ctx, { id: 'same' });
  const results = await insertMessages(ctx, [
    { messages: [mine] },
    { messages: [newMessage(ctx, { id: 'same' })], keyed: keyedCall({ key: 'taken' }) },
  ]);
  expect(kindsOf(results)).toEqual([['stored'], undefined]);
  const stored = await ctx.db.read.message.findFirstOrThrow({
    where: { id: 'same' },
    include: { content: true },
  });
  expect(stored).toMatchObject({ revision: mine.revision, content: { payload: mine.payload } });
});

test('of twenty calls with one key in two processes at once exactly one is stored', async () => {
  const second = { ...ctx, db: await openDatabase(database.path, ctx.clock) };
  const attempt = (n: number): Promise<({ kind: string }[] | undefined)[]> => {
    const message: NewMessage = newMessage(ctx, { id: `m${n}` });
    return insertMessages(n % 2 ? ctx : second, [{ messages: [message], keyed: keyedCall() }]);
  };
  const results = (await Promise.all(Array.from({ length: 20 }, (_, n) => attempt(n)))).flat();
  await second.db.close();
  expect(results.filter((one) => one !== undefined)).toHaveLength(1);
  expect(await ids()).toHaveLength(1);
  expect(await kept()).toMatchObject({ queued: 1 });
});
