// Messages grow old behind an open breaker, from their first attempt or from its opening, and not behind anything else.
import { beforeEach, expect, test } from 'vitest';
import { openBreaker, untilChanged } from '../../../src/store/accounts/breaker.js';
import { claimMessages } from '../../../src/store/messages/claim.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { recordResults } from '../../../src/store/messages/record-results.js';
import { releaseUnsent } from '../../../src/store/schedule/release-unsent.js';
import { findStoppedTooLong } from '../../../src/store/schedule/stopped-too-long.js';
import { suspend } from '../../../src/store/tenants/suspend.js';
import {
  addTenant,
  endOf,
  freshStore,
  newMessage,
  type StoreContext,
} from '../../support/stage/open-store.js';

const ageMs = 100_000;

let ctx: StoreContext;
let revision: string;
beforeEach(async () => {
  ({ ctx } = await freshStore({ GMP_MAX_MESSAGE_AGE_SECONDS: String(ageMs / 1000) }));
  await addTenant(ctx);
  revision = (await ctx.db.read.account.findFirstOrThrow()).revision;
});

const owner = { tenantId: 'shop', accountId: 'main' };
const open = (until: number) =>
  openBreaker(ctx, { owner, revision, until, reason: '535 no', smtpCode: 535, failures: 1 });
const found = async () => (await findStoppedTooLong(ctx, 10)).map(({ pk, reason }) => [pk, reason]);

test('an untried message is too old that long after the breaker opened over it', async () => {
  const first = newMessage(ctx);
  const later = newMessage(ctx, { dueAt: ctx.clock.now() + 50_000 });
  await insertMessages(ctx, [{ messages: [first, later] }]);
  ctx.clock.at += 2 * ageMs;
  expect(await found()).toEqual([]);
  await open(untilChanged);
  const third = newMessage(ctx, { dueAt: ctx.clock.now() + 1 });
  await insertMessages(ctx, [{ messages: [third] }]);
  ctx.clock.at += ageMs;
  expect(await found()).toEqual([first, later].map(({ pk }) => [pk, '535 no']));
  ctx.clock.at += 1;
  expect(await found()).toHaveLength(3);
  await suspend(ctx, 'shop', '*');
  expect(await found()).toEqual([]);
});

test('a message that was tried is too old that long after its first attempt, unless the breaker has closed', async () => {
  const message = newMessage(ctx);
  await insertMessages(ctx, [{ messages: [message] }]);
  await claimMessages(ctx, [message]);
  await recordResults(ctx, [endOf(ctx, message.pk, 'deferred', { dueAt: ctx.clock.now() + 10 })]);
  ctx.clock.at += ageMs;
  expect(await found()).toEqual([]);
  await open(ctx.clock.now() + 1000);
  expect(await found()).toEqual([[message.pk, '535 no']]);
  ctx.clock.at += 1000;
  expect(await found()).toEqual([]);
});

test('a claim that was taken back is no attempt', async () => {
  const message = newMessage(ctx);
  await insertMessages(ctx, [{ messages: [message] }]);
  await claimMessages(ctx, [message]);
  expect(await releaseUnsent(ctx, [{ pk: message.pk, attempts: 1 }])).toBe(1);
  const row = await ctx.db.read.message.findUniqueOrThrow({ where: { pk: message.pk } });
  expect(row).toMatchObject({ status: 'pending', attempts: 0, firstAttemptAt: null });
  expect(await claimMessages(ctx, [message])).toMatchObject([{ attempts: 1 }]);
});
