// Reading a list page by page shows every message once, even one that got its pk early and was stored late.
import { monotonicFactory, ulid } from 'ulid';
import { beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.js';
import { listMessages } from '../../../src/store/listing/list.js';
import type { MessageFilter } from '../../../src/store/listing/page.js';
import { insertMessages } from '../../../src/store/messages/insert.js';
import type { FreshDatabase } from '../../support/stage/databases.js';
import {
  addTenant,
  freshStore,
  newMessage,
  newYear,
  openStore,
  type StoreContext,
} from '../../support/stage/open-store.js';

let database: FreshDatabase;
let ctx: StoreContext;
beforeEach(async () => {
  ({ ctx, database } = await freshStore());
  await addTenant(ctx);
});

/** Stores messages whose pks are of these times, in milliseconds after the new year. */
async function store(...namedAt: number[]): Promise<string[]> {
  const pks = namedAt.map((ms) => ulid(newYear + ms));
  await insertMessages(ctx, [{ messages: pks.map((pk) => newMessage(ctx, { pk, id: pk })) }]);
  return pks;
}

async function page(filter: Partial<MessageFilter>, clock = ctx.clock) {
  const whole = { activeOnly: false, includeHistory: false, limit: 1000, ...filter };
  const { messages, nextCursor } = await listMessages({ ...ctx, clock }, 'shop', whole);
  return { pks: messages.map(({ pk }) => String(pk)), nextCursor };
}

test('a page that ends among the messages of the last second waits until late ones are stored', async () => {
  const [first, , third] = await store(0, 10, 20);
  ctx.clock.at = newYear + 300;
  const waits: number[] = [];
  let late: string[] = [];
  const clock = {
    ...ctx.clock,
    async sleep(ms: number) {
      waits.push(ms);
      late = await store(5);
    },
  };
  const { pks, nextCursor } = await page({ limit: 2 }, clock);
  expect(pks).toEqual([first, ...late]);
  expect(waits).toEqual([710]);
  const rest = await page({ after: nextCursor });
  expect(rest.pks).toHaveLength(2);
  expect(rest.pks.at(-1)).toBe(third);
});

test('a page of older messages does not wait, and neither does a last page', async () => {
  const pks = await store(0, 10, 20, 2000);
  ctx.clock.at = newYear + 2001;
  const clock = {
    ...ctx.clock,
    sleep: () => Promise.reject(new Error('nothing is to be waited for')),
  };
  expect(await page({ limit: 3 }, clock)).toEqual({ pks: pks.slice(0, 3), nextCursor: pks[2] });
  expect(await page({ limit: 4 }, clock)).toEqual({ pks, nextCursor: undefined });
});

test('a clock of another host that is ahead makes a page wait a second at most', async () => {
  await store(3_600_000, 3_600_001);
  const waits: number[] = [];
  await page({ limit: 1 }, { ...ctx.clock, sleep: async (ms: number) => void waits.push(ms) });
  expect(waits).toEqual([1000]);
});

test('messages are selected by the millisecond in which they were accepted', async () => {
  const [, second, third] = await store(999, 1000, 1001);
  expect((await page({ since: newYear + 1000 })).pks).toEqual([second, third]);
  expect((await page({ since: newYear + 1000, after: second })).pks).toEqual([third]);
  expect((await page({ since: 0 })).pks).toHaveLength(3);
});

test('a page carries 4 MiB of content, or a single message that has more', async () => {
  const contents = [2.5, 1.25, 1.25, 5, 0.125];
  const pks = contents.map((_, i) => ulid(newYear + i));
  for (const [i, mib] of contents.entries()) {
    const payload = JSON.stringify({ given: { body: 'x'.repeat(mib * 1024 * 1024 - 30) } });
    const messages = [newMessage(ctx, { pk: pks[i] as string, id: `m${i}`, payload })];
    await insertMessages(ctx, [{ messages }]);
  }
  ctx.clock.at += 10_000;
  const pages = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const { pks: found, nextCursor } = await page({ after: cursor });
    pages.push(found);
    cursor = nextCursor;
  }
  expect(pages).toEqual([pks.slice(0, 2), pks.slice(2, 3), pks.slice(3, 4), pks.slice(4)]);
});

test('while several processes store messages in another order than that of their pks, no page skips one', async () => {
  const clock = { ...systemClock, at: 0 };
  const others = await Promise.all([1, 2, 3].map(() => openStore(database.path)));
  const until = Date.now() + 2500;
  const tooLate = new Set<string>();
  const write = async (other: StoreContext) => {
    const name = monotonicFactory();
    while (Date.now() < until) {
      const namedAt = Date.now();
      const batch = Array.from({ length: 3 }, () => name(namedAt));
      await clock.sleep(Math.random() * 300);
      const messages = batch.map((pk) => newMessage(other, { pk, id: pk }));
      await insertMessages({ ...other, clock }, [{ messages }]);
      // A machine under load may take longer than the pages wait.
      if (Date.now() - namedAt > 950) for (const pk of batch) tooLate.add(pk);
    }
    await other.db.close();
  };
  const walks: { seen: string[]; upTo: string }[] = [];
  const walk = async () => {
    do {
      const seen: string[] = [];
      let upTo = '';
      for (let cursor: string | undefined = ''; cursor !== undefined; ) {
        const { pks, nextCursor } = await page({ limit: 4, after: cursor }, clock);
        seen.push(...pks);
        upTo = nextCursor ?? upTo;
        cursor = nextCursor;
      }
      walks.push({ seen, upTo });
    } while (Date.now() < until);
  };
  await Promise.all([...others.map(write), walk(), walk()]);
  const all = (await page({ limit: 100_000 })).pks;
  expect(all.length).toBeGreaterThan(4);
  for (const { seen, upTo } of walks) {
    const inTime = (pks: string[]) => pks.filter((pk) => pk <= upTo && !tooLate.has(pk));
    expect(inTime(seen)).toEqual(inTime(all));
    expect(new Set(seen).size).toBe(seen.length);
  }
});
