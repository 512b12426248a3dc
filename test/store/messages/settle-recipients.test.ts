// Messages that end without a result of an attempt: whoever was still to be tried has failed, and the rest stays as it was.
import { beforeEach, expect, test } from 'vitest';
import type { RecipientResult } from '../../../src/domain/message.js';
import { updateAccount } from '../../../src/store/accounts/change.js';
import { claimMessages } from '../../../src/store/messages/claim.js';
import { markHandedOver } from '../../../src/store/messages/handed-over.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { rejectUnsent } from '../../../src/store/messages/mark-waiting.js';
import { recordResults } from '../../../src/store/messages/record-results.js';
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
beforeEach(async () => {
  ({ ctx } = await freshStore());
  await addTenant(ctx);
});

const putOff: RecipientResult = {
  address: "o'later@x.test",
  status: 'deferred',
  smtp_code: 450,
  error: '450 l\u00e4ter "\\',
};
const refused: RecipientResult = {
  address: 'nobody@x.test',
  status: 'error',
  smtp_code: 550,
  error: '550 "no" \\',
};
const taken: RecipientResult = { address: 'ann@x.test', status: 'sent', smtp_code: 250 };
const last: RecipientResult = { address: 'z@x.test', status: 'deferred', error: 'lost' };

/** Tried once, with that end for its recipients; due again at once. */
async function tried(recipients: RecipientResult[] | undefined) {
  const message = newMessage(ctx);
  await insertMessages(ctx, [{ messages: [message] }]);
  await claimMessages(ctx, [message]);
  const again = { dueAt: ctx.clock.now(), nextSweepAt: ctx.clock.now() };
  const isTaken = recipients?.includes(taken) === true;
  const end = { ...again, takenNow: isTaken, ...(recipients && { recipients }) };
  await recordResults(ctx, [endOf(ctx, message.pk, 'deferred', end)]);
  return message;
}

async function endedAs(pk: string) {
  const { status, error, errorAt, sentAt, nextSweepAt, recipients } =
    await ctx.db.read.message.findUniqueOrThrow({
      where: { pk },
    });
  const [event] = await ctx.db.read.event.findMany({
    where: { messagePk: pk },
    orderBy: { id: 'desc' },
    take: 1,
  });
  expect(nextSweepAt).toBeNull();
  return {
    status,
    error,
    times: [sentAt !== null, errorAt !== null],
    recipients: recipients === null ? undefined : JSON.parse(recipients),
    event: { type: event?.type, description: event?.description, ...JSON.parse(event?.metadata ?? '{}') },
  };
}

const ended = (error: string) => [putOff, last].map(({ address }) => ({ address, status: 'error', error }));

function ends(error: string, remarks: object) {
  const [one, two] = ended(error);
  const event = { description: error, ...remarks };
  return {
    ofSome: {
      status: 'sent',
      error: null,
      times: [true, false],
      recipients: [one, refused, taken, two],
      event: { type: 'sent', ...event, recipients: [one, two] },
    },
    ofNone: {
      status: 'error',
      error,
      times: [false, true],
      recipients: [refused, one],
      event: { type: 'error', ...event, recipients: [one] },
    },
    ofAll: {
      status: 'error',
      error,
      times: [false, true],
      recipients: undefined,
      event: { type: 'error', ...event },
    },
  };
}

async function threeKinds() {
  return [
    await tried([putOff, refused, taken, last]),
    await tried([refused, putOff]),
    await tried(undefined),
  ] as const;
}

test.each(['hold', 'resend'] as const)(
  'what is given up after its process died, with %s, is sent for those who have it and failed for the others',
  async (wish) => {
    await updateAccount(ctx, 'shop', 'main', { on_in_doubt: wish });
    const messages = await threeKinds();
    const dead = asProcess(ctx, 'dead');
    await claimMessages(dead, [...messages]);
    await markHandedOver(
      dead,
      messages.map(({ pk }) => ({ pk, attempt: 2 })),
    );
    const atTheEnd = wish === 'hold' ? ctx : { ...ctx, config: { ...ctx.config, maxRetries: 1 } };
    expect(await releaseClaims(atTheEnd, ['dead'])).toBe(3);
    const { ofSome, ofNone, ofAll } = ends('in_doubt', { in_doubt: true });
    expect(await endedAs(messages[0].pk)).toEqual(ofSome);
    expect(await endedAs(messages[1].pk)).toEqual(ofNone);
    expect(await endedAs(messages[2].pk)).toEqual(ofAll);
  },
);

test('what is rejected for a limit is sent for those who have it and failed for the others', async () => {
  const messages = await threeKinds();
  const error = 'rate_limit_exceeded';
  const metadata = { rate_limit: { window: 'hour', limit: 1 } };
  const gone = { pk: 'gone', revision: 'gone' };
  const statuses = await rejectUnsent(
    ctx,
    [...messages, gone].map(({ pk, revision }) => ({ pk, revision, error, metadata })),
  );
  expect(statuses).toEqual(['sent', 'error', 'error', undefined]);
  const { ofSome, ofNone, ofAll } = ends(error, metadata);
  expect(await endedAs(messages[0].pk)).toEqual(ofSome);
  expect(await endedAs(messages[1].pk)).toEqual(ofNone);
  expect(await endedAs(messages[2].pk)).toEqual(ofAll);
});

test('what is tried again after its process died keeps what is known of its recipients', async () => {
  const message = await tried([putOff, taken]);
  await claimMessages(asProcess(ctx, 'dead'), [message]);
  await releaseClaims(ctx, ['dead']);
  const { status, recipients } = await ctx.db.read.message.findUniqueOrThrow({ where: { pk: message.pk } });
  expect([status, JSON.parse(recipients ?? '')]).toEqual(['deferred', [putOff, taken]]);
});
