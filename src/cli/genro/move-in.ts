// Takes over tenants, accounts and unsent messages of a genro-mail-proxy database through the API of a running service.
import { Fault } from '../../errors.js';
import { allPages } from '../all-pages.js';
import { type CallApi, exists } from '../call-api.js';
import { handIn } from '../transfer/hand-in.js';
import type { GenroDatabase, GenroRow } from './read-database.js';
import { expiryOf, suspendedBatches, toAccount, toMessage, toTenant } from './to-api.js';

export interface MovedIn {
  tenants: number;
  accounts: number;
  messages: number;
  /** What was there already, and so was left as it is. */
  kept: number;
  /** What could not be taken, a sentence each. */
  left: string[];
}

const messagesPerCall = 200;

/**
 * May be called again: tenants and accounts that are there are left as they are, and no message is sent twice.
 * @param key for passwords of 0.7
 */
export async function moveIn(api: CallApi, from: GenroDatabase, key: Buffer | undefined): Promise<MovedIn> {
  const moved: MovedIn = { tenants: 0, accounts: 0, messages: 0, kept: 0, left: [] };
  const there = new Set((await allPages<{ id: string }>(api, '/tenants', 'tenants', {})).map(({ id }) => id));
  for (const row of from.tenants) {
    if (there.has(String(row.id))) moved.kept += 1;
    else await attempt(moved, `tenant ${row.id}`, () => moveTenant(api, row, moved));
  }
  for (const row of from.accounts) {
    await attempt(moved, `account ${row.tenant_id}/${row.id}`, () => moveAccount(api, row, key, moved));
  }
  for (let at = 0; at < from.pending.length; at += messagesPerCall) {
    await moveMessages(api, from.pending.slice(at, at + messagesPerCall), moved);
  }
  return moved;
}

/** The key of the tenant goes on being valid, because its hash is taken. */
async function moveTenant(api: CallApi, row: GenroRow, moved: MovedIn): Promise<void> {
  const id = encodeURIComponent(String(row.id));
  await api('POST', '/tenant', { body: toTenant(row) });
  moved.tenants += 1;
  for (const code of suspendedBatches(row)) {
    const batch = code === '*' ? {} : { batch_code: code };
    await api('POST', '/commands/suspend', { query: { tenant_id: String(row.id), ...batch } });
  }
  if (typeof row.api_key_hash !== 'string' || row.api_key_hash === '') return;
  const body = { name: 'default', api_key_hash: row.api_key_hash, expires_at: expiryOf(row) };
  await api('POST', `/tenant/${id}/api-key`, { body });
}

async function moveAccount(
  api: CallApi,
  row: GenroRow,
  key: Buffer | undefined,
  moved: MovedIn,
): Promise<void> {
  const { isLocked, ...account } = toAccount(row, key);
  if (isLocked)
    throw new Fault('bad_request', 'its password is encrypted; give the right key with --key-file');
  const query = { tenant_id: String(row.tenant_id) };
  if (await exists(api, `/account/${encodeURIComponent(String(row.id))}`, query)) {
    moved.kept += 1;
    return;
  }
  await api('POST', '/account', { body: account });
  moved.accounts += 1;
}

async function moveMessages(api: CallApi, rows: GenroRow[], moved: MovedIn): Promise<void> {
  const { queued, rejected } = await handIn(api, rows.map(toMessage));
  moved.messages += queued;
  for (const { id, reason } of rejected) note(moved, id, reason);
}

function note(moved: MovedIn, id: string, reason: string): void {
  if (reason.includes('already sent')) moved.kept += 1;
  else moved.left.push(`message ${id}: ${reason}`);
}

async function attempt(moved: MovedIn, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    moved.left.push(`${what}: ${error.message}`);
  }
}
