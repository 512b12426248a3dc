// Limits: in no window are more sends begun or made than it allows, and what it allows can be used.
import { beforeEach, describe, expect, test } from 'vitest';
import { putAccount } from '../../../src/store/accounts/change.js';
import { pruneSendLog } from '../../../src/store/limits/prune.js';
import { findBlockers } from '../../../src/store/messages/blockers.js';
import { type ClaimedMessage, claimMessages } from '../../../src/store/messages/claim.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import { recordResults, slotsOf } from '../../../src/store/messages/record-results.js';
import { releaseClaims } from '../../../src/store/messages/release-dead-claims.js';
import type { NewMessage } from '../../../src/store/messages/upsert.js';
import { putTenant } from '../../../src/store/tenants/change.js';
import type { FreshDatabase } from '../../support/stage/databases.js';
import {
  asProcess,
  endOf,
  freshStore,
  newMessage,
  openStore,
  type StoreContext,
} from '../../support/stage/open-store.js';
import { randomNumbers } from '../../support/stage/random-numbers.js';

/** What is added to every window. */
const marginMs = 2;
const minute = 60_000 + marginMs;
const hour = 3_600_000 + marginMs;
const day = 86_400_000 + marginMs;

let database: FreshDatabase;
let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx, database } = await freshStore());
  await putTenant(ctx, 'shop', {});
});

async function stored(count: number, fields: Partial<NewMessage> = {}): Promise<NewMessage[]> {
  const messages = Array.from({ length: count }, () => newMessage(ctx, fields));
  await insertMessages(ctx, [{ messages }]);
  return messages;
}

const account = (limits: object, id = 'main') =>
  putAccount(ctx, 'shop', id, { host: '127.0.0.1', port: 25, ...limits });

async function begin(messages: NewMessage[], as = ctx): Promise<ClaimedMessage[]> {
  return (await claimMessages(as, messages, true)).filter((one) => one !== undefined);
}

/** Ends the attempts: their server took the mail, or did not. */
async function end(attempts: ClaimedMessage[], taken = true, as = ctx): Promise<void> {
  await recordResults(
    as,
    attempts.map((attempt) => {
      const slots = slotsOf(attempt, 'main', taken);
      const status = taken ? 'sent' : 'deferred';
      const again = taken ? {} : { dueAt: ctx.clock.now(), nextSweepAt: ctx.clock.now() };
      return endOf(as, attempt.pk, status, { attempt: attempt.attempts, ...(slots && { slots }), ...again });
    }),
  );
}

async function opensIn(message: NewMessage, rank = 1): Promise<Record<string, number | undefined>> {
  const [by] = await findBlockers(ctx, [{ ...message, rank }]);
  return Object.fromEntries((by?.full ?? []).map(({ name, opensInMs }) => [name, opensInMs]));
}

const later = (ms: number) => {
  ctx.clock.at += ms;
};

test('a window lets the first in line begin, as many as it allows, and the next when the oldest has left it', async () => {
  await account({ limit_per_minute: 3 });
  const low = await stored(2, { priority: 3 });
  const high = await stored(2, { priority: 1 });
  const first = await begin([...low, ...high]);
  expect(first.map(({ pk }) => pk).sort()).toEqual([low[0]?.pk, ...high.map(({ pk }) => pk)].sort());
  const waiting = low[1]!;
  expect(await opensIn(waiting)).toEqual({ minute: undefined });
  later(5000);
  await end(first);
  expect(await opensIn(waiting)).toEqual({ minute: minute });
  later(minute - 1);
  expect(await begin([waiting])).toEqual([]);
  later(1);
  expect(await begin([waiting])).toHaveLength(1);
});

test('a slot counts from the final reply, and is given back when the server did not take the mail', async () => {
  await account({ limit_per_minute: 1 });
  const messages = await stored(3);
  const attempts = await begin(messages);
  expect(attempts).toHaveLength(1);
  later(50_000);
  await end(attempts, false);
  const again = await begin(messages.slice(1, 2));
  expect(again).toHaveLength(1);
  later(30_000);
  await end(again);
  later(minute - 1);
  expect(await begin(messages)).toEqual([]);
  later(1);
  expect(await begin(messages)).toHaveLength(1);
});

test('while attempts are under way nobody knows when the next may begin: at once, if the server refuses one', async () => {
  await account({ limit_per_minute: 3 });
  const messages = await stored(4);
  const attempts = await begin(messages);
  await end(attempts.slice(0, 2));
  expect(await opensIn(messages[3]!)).toEqual({ minute: undefined });
  await end(attempts.slice(2), false);
  expect(await opensIn(messages[3]!)).toEqual({});
  expect(await begin(messages.slice(3))).toHaveLength(1);
});

test('minute, hour and day hold together, and the tenant above all its accounts', async () => {
  await putTenant(ctx, 'shop', { rate_limits: { hourly: 5, daily: 6 } });
  await account({ limit_per_minute: 2, limit_per_hour: 3, limit_per_day: 4 });
  await account({}, 'other');
  const messages = await stored(10);
  const others = await stored(5, { accountId: 'other' });
  await end(await begin(messages));
  expect(await opensIn(messages[5]!)).toEqual({ minute });
  later(minute);
  await end(await begin(messages));
  expect(await opensIn(messages[5]!)).toEqual({ hour: hour - minute });
  const rest = await begin(others);
  expect(rest).toHaveLength(2);
  await end(rest);
  expect(await opensIn(others[4]!)).toEqual({ tenant_hour: hour - minute });
  later(hour);
  const last = await begin([...messages, ...others]);
  expect(last).toHaveLength(1);
  await end(last);
  expect(await opensIn(others[4]!)).toEqual({ tenant_day: day - hour - minute });
});

test('two accounts of the same name in two tenants have each their own limit', async () => {
  await putTenant(ctx, 'other', {});
  await account({ limit_per_minute: 1 });
  await putAccount(ctx, 'other', 'main', { host: '127.0.0.1', port: 25, limit_per_minute: 1 });
  const messages = [...(await stored(2)), ...(await stored(2, { tenantId: 'other' }))];
  expect((await begin(messages)).map(({ tenantId }) => tenantId).sort()).toEqual(['other', 'shop']);
});

test('without counting, what has a limit is not given out', async () => {
  await account({ limit_per_day: 100 });
  await account({}, 'free');
  const messages = [...(await stored(1)), ...(await stored(1, { accountId: 'free' }))];
  const claimed = await claimMessages(ctx, messages);
  expect(claimed.map((one) => one?.pk)).toEqual([undefined, messages[1]?.pk]);
  const [by] = await findBlockers(ctx, [{ ...messages[0]!, rank: 1 }]);
  expect(by).toMatchObject({ limited: true, full: [] });
});

test('three processes at once begin no more than the window allows', async () => {
  await account({ limit_per_minute: 7 });
  const messages = await stored(60);
  const others = await Promise.all(
    ['b', 'c'].map(async (id) => asProcess(await openStore(database.path), id)),
  );
  const pages = Array.from({ length: 20 }, (_, i) => messages.slice(i * 3, i * 3 + 3));
  const begun = await Promise.all(pages.map((page, i) => begin(page, [ctx, ...others][i % 3])));
  expect(begun.flat()).toHaveLength(7);
  for (const other of others) await other.db.close();
});

test('what a dead process had begun counts as sent, for nobody knows better', async () => {
  await account({ limit_per_minute: 2 });
  const messages = await stored(3);
  await begin(messages.slice(0, 2), asProcess(ctx, 'dead'));
  later(10_000);
  await releaseClaims(ctx, ['dead']);
  later(minute - 1);
  expect(await begin(messages)).toEqual([]);
  later(1);
  expect(await begin(messages)).toHaveLength(2);
});

test('an attempt that is ended twice counts once', async () => {
  await account({ limit_per_minute: 2 });
  const messages = await stored(4);
  const [attempt] = await begin(messages.slice(0, 1));
  await end([attempt!]);
  await end([attempt!]);
  expect(await begin(messages.slice(1))).toHaveLength(1);
});

test('what no window reaches back to is forgotten, and the limit still holds', async () => {
  await account({ limit_per_day: 2 });
  const messages = await stored(6);
  await end(await begin(messages));
  later(3 * day);
  expect(await pruneSendLog(ctx)).toBe(2);
  expect(await ctx.db.read.sendLogEntry.count()).toBe(0);
  expect(await begin(messages)).toHaveLength(2);
});

test('the place in line tells when a message can leave, also rounds later', async () => {
  await account({ limit_per_minute: 2 });
  const messages = await stored(8);
  const first = await begin(messages.slice(0, 1));
  await end(first);
  later(20_000);
  await end(await begin(messages.slice(1, 2)));
  const inLine = await Promise.all([1, 2, 3, 4, 5].map((rank) => opensIn(messages[7]!, rank)));
  const [a, b] = [minute - 20_000, minute];
  expect(inLine.map(({ minute: ms }) => ms)).toEqual([a, b, a + 60_000, b + 60_000, a + 120_000]);
});

describe('whatever happens', () => {
  test.each([1, 2, 3])('no window sees more than its limit, and most of it is used (%i)', async (seed) => {
    const random = randomNumbers(seed);
    const limit = 2 + Math.floor(random() * 6);
    await account({ limit_per_minute: limit });
    const waiting = await stored(120);
    const sent: { from: number; to: number }[] = [];
    let open: { attempt: ClaimedMessage; from: number }[] = [];
    const start = ctx.clock.at;
    while (ctx.clock.at - start < 5 * 60_000) {
      later(Math.floor(random() * 1500));
      const begun = await begin(waiting.slice(0, 1 + Math.floor(random() * 4)));
      for (const attempt of begun)
        waiting.splice(
          waiting.findIndex(({ pk }) => pk === attempt.pk),
          1,
        );
      open.push(...begun.map((attempt) => ({ attempt, from: ctx.clock.at })));
      const ending = open.filter(() => random() < 0.5);
      open = open.filter((one) => !ending.includes(one));
      const taken = ending.filter(() => random() < 0.8);
      await end(taken.map(({ attempt }) => attempt));
      sent.push(...taken.map(({ from }) => ({ from, to: ctx.clock.at })));
      const refused = ending.filter((one) => !taken.includes(one)).map(({ attempt }) => attempt);
      await end(refused, false);
      waiting.unshift(...refused.map(({ pk, revision }) => newMessage(ctx, { pk, revision })));
    }
    // The server took each at some moment between its begin and its end: at the worst for us.
    for (const { to } of sent) {
      const together = sent.filter((other) => other.to >= to && other.from < to + 60_000);
      expect(together.length).toBeLessThanOrEqual(limit);
    }
    expect(sent.length).toBeGreaterThan(limit * 4);
  });
});
