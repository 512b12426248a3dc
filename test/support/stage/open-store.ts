// Opens a migrated database as the service does, at a time that stands still until a test moves it.
import { type Clock, systemClock } from '../../../src/clock.js';
import { type Config, readConfig } from '../../../src/config.js';
import { openSecrets, type Secrets } from '../../../src/secrets.js';
import { putAccount } from '../../../src/store/accounts/change.js';
import { migrate } from '../../../src/store/db/migrate.js';
import { type Db, openDatabase } from '../../../src/store/db/open.js';
import { type AttemptResult, statusAfter } from '../../../src/store/messages/record-results.js';
import type { NewMessage } from '../../../src/store/messages/upsert.js';
import { putTenant } from '../../../src/store/tenants/change.js';
import { removeAtEnd } from './clean-up.js';
import { type FreshDatabase, freshDatabase } from './databases.js';

export interface StoreContext {
  db: Db;
  /** Only `now` is the test's; pauses between tries are real. */
  clock: Clock & { at: number };
  config: Config;
  secrets: Secrets;
  processId: string;
  sendClock: () => number;
}

/** 2026-01-01T00:00:00Z, a whole number of seconds. */
export const newYear = Date.UTC(2026, 0, 1);

export async function openStore(path: string, env: Record<string, string> = {}): Promise<StoreContext> {
  await migrate(path);
  const clock = { ...systemClock, at: newYear, now: () => clock.at };
  return {
    db: await openDatabase(path, clock),
    clock,
    config: readConfig({ GMP_DB_PATH: path, ...env }),
    secrets: openSecrets(Buffer.alloc(32, 7)),
    processId: 'process-1',
    sendClock: () => clock.at,
  };
}

/** On a database of its own, which is closed and dropped at the end of the test, or of the file for a beforeAll hook. */
export async function freshStore(
  env: Record<string, string> = {},
): Promise<{ ctx: StoreContext; database: FreshDatabase }> {
  const database = await freshDatabase();
  const ctx = await openStore(database.path, env);
  removeAtEnd(async () => {
    await ctx.db.close();
    await database.drop();
  });
  return { ctx, database };
}

/** The same database as another process sees it. */
export function asProcess(ctx: StoreContext, processId: string): StoreContext {
  return { ...ctx, processId };
}

/** A tenant and its one account, `main`. */
export async function addTenant(ctx: StoreContext, id = 'shop'): Promise<void> {
  await putTenant(ctx, id, {});
  await putAccount(ctx, id, 'main', { host: '127.0.0.1', port: 25 });
}

let made = 0;

/** A message that is due now, for the account of `addTenant`. */
export function newMessage(ctx: StoreContext, fields: Partial<NewMessage> = {}): NewMessage {
  made += 1;
  const pk = `pk-${String(made).padStart(6, '0')}`;
  return {
    pk,
    revision: pk,
    tenantId: 'shop',
    id: pk,
    accountId: 'main',
    priority: 2,
    batchCode: null,
    payload: `{"made":${made}}`,
    status: 'pending',
    dueAt: ctx.clock.now(),
    nextSweepAt: ctx.clock.now() + 5000,
    ...fields,
  };
}

type Fields = Partial<Omit<Extract<AttemptResult, { kind: 'deferred' }>, 'kind'>> & { blockedUntil?: number };

/** How an attempt ended, with the event that tells of it. */
export function endOf(
  ctx: StoreContext,
  pk: string,
  kind: AttemptResult['kind'],
  fields: Fields = {},
): AttemptResult {
  const now = ctx.clock.now();
  const description = fields.error === undefined ? {} : { description: fields.error };
  const events = [{ type: statusAfter({ kind }), metadata: {}, ...description }];
  const takenNow = kind === 'sent';
  const again = { dueAt: now, nextSweepAt: now, blockedUntil: now };
  return { pk, attempt: 1, kind, at: now, takenNow, error: 'refused', ...again, events, ...fields };
}
