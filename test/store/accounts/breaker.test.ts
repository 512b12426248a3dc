// Circuit breakers: a success forgets only failures from before its mail was claimed, and openings in a row make one event.
import { beforeEach, expect, test } from 'vitest';
import {
  closeBreaker,
  openBreaker,
  resetBreaker,
  untilChanged,
} from '../../../src/store/accounts/breaker.js';
import { claimMessages } from '../../../src/store/messages/claim.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { noteWaiting } from '../../../src/store/messages/mark-waiting.js';
import { nextTry, recordResults } from '../../../src/store/messages/record-results.js';
import type { NewMessage } from '../../../src/store/messages/upsert.js';
import {
  addTenant,
  endOf,
  freshStore,
  newMessage,
  type StoreContext,
} from '../../support/stage/open-store.js';

const owner = { tenantId: 'shop', accountId: 'main' };

let ctx: StoreContext;
let revision: string;
beforeEach(async () => {
  ({ ctx } = await freshStore());
  await addTenant(ctx);
  revision = (await ctx.db.read.account.findFirstOrThrow()).revision;
});

/** The server refuses the account: the breaker opens for so many seconds, after so many failures in a row. */
const refuse = (failures: number, seconds: number) =>
  openBreaker(ctx, {
    owner,
    revision,
    until: seconds === Number.POSITIVE_INFINITY ? untilChanged : ctx.clock.now() + seconds * 1000,
    reason: '421 later',
    smtpCode: 421,
    failures,
  });

async function stored(): Promise<NewMessage> {
  const message = newMessage(ctx);
  await insertMessages(ctx, [{ messages: [message] }]);
  return message;
}

const failures = async () => (await ctx.db.read.breaker.findFirst())?.failures;

test('a breaker that has closed lets one message at a time try, until the server has taken one', async () => {
  await addTenant(ctx, 'toys');
  const other = newMessage(ctx, { tenantId: 'toys' });
  await insertMessages(ctx, [{ messages: [other] }]);
  await refuse(1, 30);
  ctx.clock.at += 30_000;
  const messages = [await stored(), await stored(), await stored()];
  const [first, ...rest] = await claimMessages(ctx, messages);
  expect(first?.failuresSoFar).toBe(1);
  expect(rest).toEqual([undefined, undefined]);
  expect(await claimMessages(ctx, messages.slice(1))).toEqual([undefined, undefined]);
  expect(await claimMessages(ctx, [other])).toEqual([expect.objectContaining({ pk: other.pk })]);
  await recordResults(ctx, [endOf(ctx, first?.pk ?? '', 'failed')]);
  const [second, third] = await claimMessages(ctx, messages.slice(1));
  expect([second?.pk, third]).toEqual([messages[1]?.pk, undefined]);
  await resetBreaker(ctx, owner, 1);
  expect(await claimMessages(ctx, messages.slice(2))).toEqual([
    expect.objectContaining({ pk: messages[2]?.pk }),
  ]);
});

test('a success forgets the failures of a breaker that had closed when its mail was claimed', async () => {
  await refuse(1, 30);
  ctx.clock.at += 30_000;
  const [claimed] = await claimMessages(ctx, [await stored()]);
  expect(claimed?.failuresSoFar).toBe(1);
  expect(await resetBreaker(ctx, owner, 1)).toBe(true);
  expect(await failures()).toBeUndefined();
  expect(await resetBreaker(ctx, owner, 1)).toBe(false);
});

test.each([
  ['a longer opening', 60],
  ['an opening until the account is changed', Number.POSITIVE_INFINITY],
])('%s that began while a mail was in flight outlasts its success', async (_name, seconds) => {
  await refuse(1, 30);
  ctx.clock.at += 30_000;
  await claimMessages(ctx, [await stored()]);
  await refuse(2, seconds);
  expect(await resetBreaker(ctx, owner, 1)).toBe(false);
  expect(await claimMessages(ctx, [await stored()])).toEqual([undefined]);
  // The failures stay even when the mail took longer than the opening: the next refusal is the third in a row.
  ctx.clock.at += 60_000;
  expect(await resetBreaker(ctx, owner, 1)).toBe(false);
  expect(await failures()).toBe(2);
  expect(await closeBreaker(ctx, owner)).toBe(true);
});

test('a success does not close a first breaker that is still open', async () => {
  await refuse(1, 30);
  expect(await resetBreaker(ctx, owner, 1)).toBe(false);
});

const waits = (openMs: number) => ({
  blockedUntil: ctx.clock.now() + openMs,
  nextSweepAt: ctx.clock.now(),
  error: '421 later',
  events: [
    {
      type: 'deferred' as const,
      description: '421 later',
      metadata: { ...nextTry(ctx.clock.now() + openMs), account_rests: true },
      ofBreaker: true as const,
    },
  ],
});

/** Claims the message and records that the account was refused. */
async function refuseAttempt(message: NewMessage, attempt: number, openMs: number): Promise<void> {
  expect(await claimMessages(ctx, [message])).toMatchObject([{ attempts: attempt }]);
  await recordResults(ctx, [endOf(ctx, message.pk, 'account_refused', { attempt, ...waits(openMs) })]);
}

const told = async ({ pk }: NewMessage) =>
  (await ctx.db.read.event.findMany({ where: { messagePk: pk }, orderBy: { id: 'asc' } })).map(
    ({ type }) => type,
  );

const blockedUntil = async ({ pk }: NewMessage) =>
  Number((await ctx.db.read.message.findUniqueOrThrow({ where: { pk } })).blockedUntil) - ctx.clock.now();

test('a message that is refused by one opening after the other gets one event, and shows the latest time', async () => {
  const message = await stored();
  await refuseAttempt(message, 1, 30_000);
  expect(await told(message)).toEqual(['queued', 'deferred']);
  await refuseAttempt(message, 2, 60_000);
  expect(await blockedUntil(message)).toBe(60_000);
  await refuseAttempt(message, 3, 120_000);
  expect(await blockedUntil(message)).toBe(120_000);
  expect(await told(message)).toEqual(['queued', 'deferred']);
});

test('a message that waited for the breaker gets no second event at the next opening', async () => {
  const message = await stored();
  const { pk, revision: of } = message;
  const note = { pk, revision: of, until: ctx.clock.now() + 30_000, reason: 'the account rests' };
  expect(await noteWaiting(ctx, [{ ...note, metadata: { account_rests: true }, ofBreaker: true }])).toEqual([
    true,
  ]);
  await refuseAttempt(message, 1, 60_000);
  expect(await told(message)).toEqual(['queued', 'deferred']);
});

test('an opening after another event of the message makes an event again', async () => {
  const message = await stored();
  await refuseAttempt(message, 1, 30_000);
  await claimMessages(ctx, [message]);
  const dueAt = ctx.clock.now();
  // A reply of the server that looks like our metadata changes nothing.
  const response = '450 "account_rests":true';
  const events = [{ type: 'deferred' as const, description: '450', metadata: { response } }];
  await recordResults(ctx, [
    endOf(ctx, message.pk, 'deferred', { attempt: 2, dueAt, nextSweepAt: dueAt, events }),
  ]);
  await refuseAttempt(message, 3, 30_000);
  expect(await told(message)).toEqual(['queued', 'deferred', 'deferred', 'deferred']);
});
