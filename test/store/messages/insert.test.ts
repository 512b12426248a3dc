// Storing messages: new ones, new content for unsent ones, and a reason for each that is refused; all of it or nothing.
import { beforeAll, expect, test } from 'vitest';
import { claimMessages } from '../../../src/store/messages/claim.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { recordResults } from '../../../src/store/messages/record-results.js';
import type { NewMessage } from '../../../src/store/messages/upsert.js';
import {
  addTenant,
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

async function insert(...messages: NewMessage[]) {
  const [verdicts] = await insertMessages(ctx, [{ messages }]);
  return verdicts;
}

const find = (id: string) =>
  ctx.db.read.message.findUnique({
    where: { tenantId_id: { tenantId: 'shop', id } },
    include: { content: true, events: { orderBy: { id: 'asc' } } },
  });

async function send(message: NewMessage, kind: 'sent' | 'deferred' | 'failed' = 'sent'): Promise<void> {
  const [claimed] = await claimMessages(ctx, [message]);
  await recordResults(ctx, [endOf(ctx, message.pk, kind, { attempt: claimed?.attempts ?? 0, error: 'no' })]);
}

test('a new message is stored with its content and a queued event', async () => {
  const message = newMessage(ctx, { priority: 0, batchCode: 'spring' });
  expect(await insert(message)).toEqual([
    { kind: 'stored', pk: message.pk, revision: message.revision, attempts: 0 },
  ]);
  expect(await find(message.id)).toMatchObject({
    pk: message.pk,
    status: 'pending',
    priority: 0,
    batchCode: 'spring',
    accountId: 'main',
    attempts: 0,
    createdAt: BigInt(ctx.clock.now()),
    content: { payload: message.payload },
    events: [{ type: 'queued' }],
  });
});

test('an unsent message is replaced: same pk, new revision, content, priority and time', async () => {
  const first = newMessage(ctx, { id: 'replaced' });
  await insert(first);
  const dueAt = ctx.clock.now() + 60_000;
  const second = newMessage(ctx, {
    id: 'replaced',
    payload: '"new"',
    priority: 1,
    status: 'deferred',
    dueAt,
  });
  expect(await insert(second)).toEqual([
    { kind: 'stored', pk: first.pk, revision: second.revision, attempts: 0 },
  ]);
  expect(await find('replaced')).toMatchObject({
    pk: first.pk,
    revision: second.revision,
    status: 'deferred',
    priority: 1,
    dueAt: BigInt(dueAt),
    content: { payload: '"new"' },
    events: [{ type: 'queued' }, { type: 'queued' }],
  });
});

test.each(['deferred', 'failed'] as const)(
  'a message that ended as %s is replaced and begins anew',
  async (kind) => {
    const first = newMessage(ctx, { id: `was-${kind}` });
    await insert(first);
    await send(first, kind);
    const second = newMessage(ctx, { id: first.id });
    expect(await insert(second)).toEqual([
      { kind: 'stored', pk: first.pk, revision: second.revision, attempts: 1 },
    ]);
    const fresh = { status: 'pending', retryCount: 0, error: null, errorAt: null, claimedBy: null };
    expect(await find(first.id)).toMatchObject(fresh);
  },
);

test('a sent message, and one that is being sent, are refused and keep what they had', async () => {
  const sent = newMessage(ctx, { id: 'sent' });
  const sending = newMessage(ctx, { id: 'sending' });
  await insert(sent, sending);
  await send(sent);
  await claimMessages(ctx, [sending]);
  const again = [newMessage(ctx, { id: 'sent' }), newMessage(ctx, { id: 'sending' })];
  expect(await insert(...again)).toEqual([
    { kind: 'refused', why: 'already_sent' },
    { kind: 'refused', why: 'being_sent' },
  ]);
  expect(await find('sent')).toMatchObject({ revision: sent.revision, content: { payload: sent.payload } });
  expect((await find('sending'))?.events).toHaveLength(1);
});

test('an unknown account, an unknown tenant and the account of another tenant are refused', async () => {
  await addTenant(ctx, 'neighbour');
  await ctx.db.writeModels((models) => [
    models.account.update({
      where: { tenantId_id: { tenantId: 'neighbour', id: 'main' } },
      data: { id: 'theirs' },
    }),
  ]);
  const noAccount = { kind: 'refused', why: 'no_account' };
  const noTenant = { kind: 'refused', why: 'no_tenant' };
  expect(
    await insert(
      newMessage(ctx, { accountId: 'nobody' }),
      newMessage(ctx, { tenantId: 'nowhere' }),
      newMessage(ctx, { tenantId: 'nowhere', accountId: null }),
      newMessage(ctx, { accountId: 'theirs' }),
    ),
  ).toEqual([noAccount, noTenant, noTenant, noAccount]);
});

test('the same id twice in one call: the last one stays, and both are told where', async () => {
  const first = newMessage(ctx, { id: 'twice' });
  const last = newMessage(ctx, { id: 'twice' });
  const stored = { kind: 'stored', pk: last.pk, revision: last.revision, attempts: 0 };
  expect(await insert(first, last)).toEqual([stored, stored]);
  expect(await find('twice')).toMatchObject({ content: { payload: last.payload }, events: [{}] });
});

test('the same id belongs to each tenant on its own', async () => {
  const mine = newMessage(ctx, { id: 'shared' });
  const theirs = newMessage(ctx, { id: 'shared', tenantId: 'neighbour', accountId: null });
  expect(await insert(mine, theirs)).toMatchObject([{ pk: mine.pk }, { pk: theirs.pk }]);
});

test('several calls stored together are each answered in the order of their messages', async () => {
  const [a, b, c] = [newMessage(ctx), newMessage(ctx, { accountId: 'nobody' }), newMessage(ctx)];
  expect(
    await insertMessages(ctx, [{ messages: [a, b] }, { messages: [] }, { messages: [c] }]),
  ).toMatchObject([[{ kind: 'stored', pk: a.pk }, { kind: 'refused' }], [], [{ kind: 'stored', pk: c.pk }]]);
});

test('what the database cannot take costs the whole call: none of it is stored', async () => {
  const good = newMessage(ctx, { id: 'good' });
  const sameKey = newMessage(ctx, { id: 'bad', pk: good.pk });
  await expect(insert(good, sameKey)).rejects.toThrow();
  expect(await find('good')).toBeNull();
});
