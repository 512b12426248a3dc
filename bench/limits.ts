// Measures what limits cost: attempts begun and ended, and attempts refused, with no limit, 10 a day and 1,000,000 a day,
// each with a send log of 1,000,000 entries. The store alone, without Redis and SMTP.
// Options: --database sqlite|postgresql (sqlite), --attempts N (4000)
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/clock.js';
import { putAccount } from '../src/store/accounts/change.js';
import { sql } from '../src/store/db/sql.js';
import { run } from '../src/store/db/transaction.js';
import { dayMs } from '../src/store/limits/window.js';
import { findBlockers } from '../src/store/messages/blockers.js';
import { claimMessages } from '../src/store/messages/claim.js';
import { insertMessages } from '../src/store/messages/insert.js';
import { recordResults, slotsOf } from '../src/store/messages/record-results.js';
import type { NewMessage } from '../src/store/messages/upsert.js';
import { putTenant } from '../src/store/tenants/change.js';
import { tempFolder } from '../test/support/programs/temp-folder.js';
import { startPostgres } from '../test/support/servers/postgres.js';
import { endOf, newMessage, openStore, type StoreContext } from '../test/support/stage/open-store.js';

const { values: options } = parseArgs({
  options: {
    database: { type: 'string', default: 'sqlite' },
    attempts: { type: 'string', default: '4000' },
  },
});

/** As many as a busy worker claims in one statement. */
const batchSize = 10;
const entries = 1_000_000;
const attempts = Number(options.attempts);

const folder = await tempFolder('mail-proxy-bench-');
const postgres = options.database === 'postgresql' ? await startPostgres({ durable: true }) : undefined;
const path = postgres ? await postgres.createDatabase('bench') : join(folder.path, 'mail_service.db');
const ctx = { ...(await openStore(path)), clock: { ...systemClock, at: 0 } };
let sendAt = Date.now();
ctx.sendClock = () => sendAt;
try {
  await putTenant(ctx, 'shop', {});
  for (const limit of [0, 10, entries]) {
    const accountId = `of-${limit}`;
    await putAccount(ctx, 'shop', accountId, { host: '127.0.0.1', port: 25, limit_per_day: limit });
    await fill(ctx, `shop/${accountId}`);
    const messages = await stored(accountId);
    const micros = await perItem(messages, (some) => beginAndEnd(some, accountId, limit));
    console.log(`${options.database} limit ${limit || 'none'}: ${micros} us to begin and end an attempt`);
    if (limit === 0) continue;
    // Every send of the log is now: the whole limit has just been used.
    await fill(ctx, `shop/${accountId}`);
    await ctx.db.transaction({ moved: run(sql`UPDATE send_log SET at = ${sendAt}`) });
    const refused = await perItem(await stored(accountId), refuse);
    console.log(
      `${options.database} limit ${limit}: ${refused} us, ${Math.round(1e6 / refused)} a second, to refuse one`,
    );
  }
} finally {
  await ctx.db.close();
  await postgres?.stop();
  await folder.remove();
}

/** Writes a send log as long as the largest limit. The oldest tenth of it is out of every window. */
async function fill({ db }: StoreContext, scope: string): Promise<void> {
  const apartMs = Math.floor((1.1 * dayMs) / entries);
  const oldest = sendAt - entries * apartMs;
  await db.transaction({
    forgotten: run(sql`DELETE FROM send_log WHERE scope = ${scope}`),
    logged: run(sql`INSERT INTO send_log (scope, n, at)
      WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < ${entries})
      SELECT ${scope}, n, ${oldest} + n * ${apartMs} FROM counted`),
    scopeForgotten: run(sql`DELETE FROM send_scopes WHERE scope = ${scope}`),
    scopeAdded: run(
      sql`INSERT INTO send_scopes (scope, last_n, last_at) VALUES (${scope}, ${entries}, ${sendAt})`,
    ),
  });
  await db.transaction({ analyzed: run(sql`ANALYZE send_log`) });
}

async function stored(accountId: string): Promise<NewMessage[]> {
  const messages = Array.from({ length: attempts }, () => newMessage(ctx, { accountId }));
  await insertMessages(ctx, [{ messages }]);
  return messages;
}

async function beginAndEnd(some: NewMessage[], accountId: string, limit: number): Promise<void> {
  // One call uses up a small limit, so the next call comes a day later.
  if (limit > 0 && limit < entries) sendAt += dayMs + 10;
  const begun = (await claimMessages(ctx, some, limit > 0)).filter((one) => one !== undefined);
  if (begun.length !== some.length) throw new Error(`only ${begun.length} of ${some.length} had room`);
  await recordResults(
    ctx,
    begun.map((one) => {
      const slots = slotsOf(one, accountId, true);
      return endOf(ctx, one.pk, 'sent', { attempt: one.attempts, ...(slots && { slots }) });
    }),
  );
}

async function refuse(some: NewMessage[]): Promise<void> {
  const begun = await claimMessages(ctx, some, true);
  const told = await findBlockers(
    ctx,
    some.map((one) => ({ ...one, rank: 1 })),
  );
  if (begun.some((one) => one !== undefined)) throw new Error('there was room');
  if (told.some((by) => by?.full[0]?.opensInMs === undefined)) throw new Error('not told when it opens');
}

/** @returns the median of all tries, in microseconds for one message */
async function perItem(messages: NewMessage[], work: (some: NewMessage[]) => Promise<void>): Promise<number> {
  const took: number[] = [];
  for (let at = 0; at < messages.length; at += batchSize) {
    const from = process.hrtime.bigint();
    await work(messages.slice(at, at + batchSize));
    took.push(Number(process.hrtime.bigint() - from) / 1000 / batchSize);
  }
  took.sort((a, b) => a - b);
  return Math.round(took[Math.floor(took.length / 2)] ?? 0);
}
