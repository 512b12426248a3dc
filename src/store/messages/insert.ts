// Stores accepted messages: new ones, and new content for those that have not left yet.
import type { Needs } from '../context.js';
import { rowsOf } from '../db/old-sql.js';
import type { Client } from '../db/open.js';
import { Prisma } from '../generated/sqlite/client.js';
import { hasItsKey, type Once, refusalsIn, rememberVerdicts, takeKeys } from './idempotency.js';
import {
  addQueuedEvents,
  type MessageRow,
  type NewMessage,
  putContents,
  type StoredRow,
  upsertMessages,
} from './upsert.js';
import { type Refusal, whyRefused } from './why-refused.js';

export type InsertVerdict =
  | { kind: 'stored'; pk: string; revision: string; attempts: number }
  | { kind: 'refused'; why: Refusal };

/** The messages of one call. */
export interface Submission {
  messages: NewMessage[];
  /** Absent: repeated, it is stored again. */
  once?: Once | undefined;
}

/**
 * Stores the messages of several calls in one transaction, and their `queued` events. Of messages with the same id
 * the last one stays. The verdicts stand in the order of the messages; undefined for a call whose key another call has,
 * and of which nothing is stored.
 */
export async function insertMessages(
  ctx: Needs<'db' | 'clock'>,
  calls: Submission[],
): Promise<(InsertVerdict[] | undefined)[]> {
  const verdicts: (InsertVerdict[] | undefined)[] = [];
  for (const together of apart(calls)) verdicts.push(...(await insertTogether(ctx, together)));
  return verdicts;
}

/**
 * Whether a call that has a key is stored is known only in the transaction. So it shares none with a call of which it
 * would replace a message.
 */
function apart(calls: Submission[]): Submission[][] {
  if (calls.every(({ once }) => once === undefined)) return [calls];
  const groups: Submission[][] = [];
  let group: Submission[] = [];
  let taken = new Set<string>();
  for (const call of calls) {
    const keys = call.messages.map(keyOf);
    if (keys.some((key) => taken.has(key))) {
      groups.push(group);
      group = [];
      taken = new Set();
    }
    group.push(call);
    for (const key of keys) taken.add(key);
  }
  return [...groups, group];
}

async function insertTogether(
  ctx: Needs<'db' | 'clock'>,
  calls: Submission[],
): Promise<(InsertVerdict[] | undefined)[]> {
  const last = new Map<string, MessageRow>();
  for (const { messages, once } of calls) {
    for (const message of messages) last.set(keyOf(message), { ...message, call: once?.call ?? null });
  }
  const rows = [...last.values()];
  const withKey = calls.flatMap(({ once, messages }) =>
    once === undefined ? [] : [{ once, messages: messages.map((one) => last.get(keyOf(one)) ?? one) }],
  );
  const { stored, taken, kept } = await write(ctx, rows, withKey);

  const verdicts = new Map<string, InsertVerdict>();
  for (const { tenant_id, id, pk, revision, attempts } of stored) {
    verdicts.set(keyOf({ tenantId: tenant_id, id }), { kind: 'stored', pk, revision, attempts });
  }
  for (const { once, messages } of withKey) {
    for (const [n, , why] of refusalsIn(kept.get(once.call))) {
      const message = messages[n];
      if (message !== undefined) verdicts.set(keyOf(message), { kind: 'refused', why });
    }
  }
  const refused = rows.filter((row) => row.call === null && !verdicts.has(keyOf(row)));
  if (refused.length > 0) await explain(ctx, refused, verdicts);
  return calls.map(({ messages, once }) =>
    once !== undefined && !taken.has(once.call)
      ? undefined
      : messages.map((message) => verdicts.get(keyOf(message)) ?? { kind: 'refused', why: 'no_account' }),
  );
}

interface Written {
  stored: StoredRow[];
  /** The calls that have their key. */
  taken: Set<string>;
  /** What of such a call was refused, as it is kept. */
  kept: Map<string, string | null>;
}

async function write(
  ctx: Needs<'db' | 'clock'>,
  rows: MessageRow[],
  withKey: { once: Once; messages: NewMessage[] }[],
): Promise<Written> {
  const now = ctx.clock.now();
  const store = (client: Client, ofCall: Prisma.Sql) =>
    [
      upsertMessages(ctx, client, { rows, now, ofCall }),
      putContents(ctx, client, rows),
      addQueuedEvents(ctx, client, rows),
    ] as const;
  if (withKey.length === 0) {
    const nothing = { taken: new Set<string>(), kept: new Map<string, string | null>() };
    if (rows.length === 0) return { stored: [], ...nothing };
    const [stored] = await ctx.db.write<[StoredRow[], number, number]>((client) => [
      ...store(client, Prisma.empty),
    ]);
    return { stored, ...nothing };
  }
  const [taken, stored, , , kept] = await ctx.db.write<
    [{ call: string }[], StoredRow[], number, number, { call: string; refused: string | null }[]]
  >((client) => [
    takeKeys(ctx, client, { calls: withKey.map(({ once }) => once), now }),
    ...store(client, hasItsKey),
    rememberVerdicts(ctx, client, withKey),
  ]);
  return {
    stored,
    taken: new Set(taken.map(({ call }) => call)),
    kept: new Map(kept.map(({ call, refused }) => [call, refused])),
  };
}

function keyOf({ tenantId, id }: { tenantId: string; id: string }): string {
  return `${tenantId}\n${id}`;
}

/** Why a message was not stored; asked only about those, after the fact. */
async function explain(
  ctx: Needs<'db'>,
  refused: NewMessage[],
  verdicts: Map<string, InsertVerdict>,
): Promise<void> {
  const rows = rowsOf(
    ctx.db.kind,
    { tenant: 'text', id: 'text', account: 'text' },
    refused.map((m) => ({ tenant: m.tenantId, id: m.id, account: m.accountId })),
  );
  const found = await ctx.db.read.$queryRaw<{ tenant: string; message: string; why: Refusal }[]>`
    SELECT j.tenant AS tenant, j.id AS message, ${whyRefused} AS why
    FROM ${rows} LEFT JOIN messages m ON m.tenant_id = j.tenant AND m.id = j.id`;
  for (const { tenant, message, why } of found) {
    verdicts.set(keyOf({ tenantId: tenant, id: message }), { kind: 'refused', why });
  }
}
