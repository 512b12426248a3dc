// Stores accepted messages: new ones, and new content for those that have not left yet.
import type { Needs } from '../context.js';
import { batched } from '../db/per-database.js';
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';
import { messageRooms } from '../tenants/quotas.js';
import {
  forgetRefused,
  hasItsKey,
  type KeyedCall,
  refusalsIn,
  rememberVerdicts,
  takeKeys,
} from './idempotency-keys.js';
import {
  type MessageRow,
  type NewMessage,
  type Refusal,
  type StoredRow,
  storeMessages,
  type Weight,
  whyRefused,
} from './upsert.js';

export type InsertVerdict =
  | { kind: 'stored'; pk: string; revision: string; attempts: number }
  | { kind: 'refused'; why: Refusal };

/** The messages of one call. */
interface Submission {
  messages: NewMessage[];
  /** The idempotency key of the call; absent: a call that is repeated is stored again. */
  keyed?: KeyedCall | undefined;
}

/**
 * Stores the messages of several calls in one transaction, and their `queued` events. Of messages with the same id
 * the last one stays. The verdicts stand in the order of the messages; undefined for a call whose key another call has,
 * and of which nothing is stored.
 */
export async function insertMessages(
  ctx: Needs<'db' | 'clock' | 'config'>,
  calls: Submission[],
): Promise<(InsertVerdict[] | undefined)[]> {
  const verdicts: (InsertVerdict[] | undefined)[] = [];
  for (const together of withoutClashes(calls)) verdicts.push(...(await insertTogether(ctx, together)));
  return verdicts;
}

/** Characters of content that one statement carries, unless a single call brings more. */
const mostCharacters = 4 * 1024 * 1024;

/** As `insertMessages` for one call: all of its messages are stored, or none. */
export const insertBatched = batched(
  (ctx: Needs<'db' | 'clock' | 'config'>, calls: Submission[]) => insertMessages(ctx, calls),
  {
    most: mostCharacters,
    weigh: ({ messages }) => messages.reduce((sum, { payload }) => sum + payload.length, 0),
    lingerMs: 1,
  },
);

/**
 * Splits the calls into groups. Where a call has a key, no call of its group replaces a message of another. Whether a
 * call with a key is stored is known only in the transaction, so the message that it would replace has to be stored
 * before.
 */
function withoutClashes(calls: Submission[]): Submission[][] {
  if (calls.every(({ keyed }) => keyed === undefined)) return [calls];
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
  ctx: Needs<'db' | 'clock' | 'config'>,
  calls: Submission[],
): Promise<(InsertVerdict[] | undefined)[]> {
  const last = new Map<string, Omit<MessageRow, keyof Weight>>();
  for (const { messages, keyed } of calls) {
    for (const message of messages) last.set(keyOf(message), { ...message, call: keyed?.call ?? null });
  }
  const newest = weighed([...last.values()]);
  const weighedByKey = new Map(newest.map((row) => [keyOf(row), row]));
  const withKey = calls.flatMap(({ keyed, messages }) =>
    keyed === undefined
      ? []
      : [{ keyed, messages: messages.flatMap((one) => weighedByKey.get(keyOf(one)) ?? []) }],
  );
  const { stored, taken, refusals } = await write(ctx, newest, withKey);

  const verdicts = new Map<string, InsertVerdict>();
  for (const { tenant_id, id, pk, revision, attempts } of stored) {
    verdicts.set(keyOf({ tenantId: tenant_id, id }), { kind: 'stored', pk, revision, attempts });
  }
  for (const { keyed, messages } of withKey) {
    for (const [n, , why] of refusalsIn(refusals.get(keyed.call))) {
      const message = messages[n];
      if (message !== undefined) verdicts.set(keyOf(message), { kind: 'refused', why });
    }
  }
  const refused = newest.filter((row) => row.call === null && !verdicts.has(keyOf(row)));
  if (refused.length > 0) await explain(ctx, refused, verdicts);
  return calls.map(({ messages, keyed }) =>
    keyed !== undefined && !taken.has(keyed.call)
      ? undefined
      : messages.map((message) => verdicts.get(keyOf(message)) ?? { kind: 'refused', why: 'no_account' }),
  );
}

interface Written {
  stored: StoredRow[];
  /** The calls that have their key. */
  taken: Set<string>;
  /** The refused messages of such a call, as its key remembers them. */
  refusals: Map<string, string | null>;
}

async function write(
  ctx: Needs<'db' | 'clock' | 'config'>,
  newest: MessageRow[],
  withKey: { keyed: KeyedCall; messages: MessageRow[] }[],
): Promise<Written> {
  const now = ctx.clock.now();
  if (withKey.length === 0) {
    const stored =
      newest.length === 0 ? [] : (await ctx.db.transaction(storeMessages(ctx, newest, now))).stored;
    return { stored, taken: new Set(), refusals: new Map() };
  }
  const keyedCalls = withKey.map(({ keyed }) => keyed);
  const { taken, stored, remembered } = await ctx.db.transaction({
    taken: takeKeys(keyedCalls, now),
    ...storeMessages(ctx, newest, now, hasItsKey),
    remembered: rememberVerdicts(ctx, withKey),
    forgotten: forgetRefused(keyedCalls),
  });
  return {
    stored,
    taken: new Set(taken.map(({ call }) => call)),
    refusals: new Map(remembered.map(({ call, refused }) => [call, refused])),
  };
}

function keyOf({ tenantId, id }: { tenantId: string; id: string }): string {
  return `${tenantId}\n${id}`;
}

/** Counts every message as a new one. Replacing others may leave a tenant that is near its quota more room than that. */
function weighed(messages: Omit<MessageRow, keyof Weight>[]): MessageRow[] {
  const soFar = new Map<string, { nth: number; bytesSoFar: number }>();
  return messages.map((message) => {
    const bytes = Buffer.byteLength(message.payload) + (message.attachmentBytes ?? 0);
    const before = soFar.get(message.tenantId) ?? { nth: 0, bytesSoFar: 0 };
    const now = { nth: before.nth + 1, bytesSoFar: before.bytesSoFar + bytes };
    soFar.set(message.tenantId, now);
    return { ...message, bytes, ...now };
  });
}

/** Says why messages were not stored. Runs only when there are such messages. */
async function explain(
  ctx: Needs<'db' | 'config'>,
  refused: MessageRow[],
  verdicts: Map<string, InsertVerdict>,
): Promise<void> {
  const table = rowsOf(
    { tenant: 'text', id: 'text', account: 'text', bytes: 'bigint', nth: 'bigint' },
    refused.map((m) => ({ tenant: m.tenantId, id: m.id, account: m.accountId, bytes: m.bytes, nth: m.nth })),
  );
  const rooms = messageRooms(
    ctx,
    refused.map(({ tenantId }) => tenantId),
  );
  const found = await ctx.db.query(
    rows<{ tenant: string; message: string; why: Refusal }>(sql`
      SELECT j.tenant AS tenant, j.id AS message, ${whyRefused} AS why
      FROM ${table} LEFT JOIN ${rooms} ON r.tenant = j.tenant
        LEFT JOIN messages m ON m.tenant_id = j.tenant AND m.id = j.id`),
  );
  for (const { tenant, message, why } of found) {
    verdicts.set(keyOf({ tenantId: tenant, id: message }), { kind: 'refused', why });
  }
}
