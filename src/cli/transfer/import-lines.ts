// Takes what `export` has written. What is there already is left as it is, so that a second time changes nothing.
import { Fault } from '../../errors.js';
import { type CallApi, exists } from '../call-api.js';
import { handIn } from './hand-in.js';

type Fields = Record<string, unknown>;

export interface Imported {
  tenants: number;
  accounts: number;
  messages: number;
  /** What was there already. */
  kept: number;
  /** What to do now, a sentence each: secrets are not in an export. */
  todo: string[];
  /** What could not be taken, a sentence each. */
  left: string[];
}

const messagesPerCall = 100;

/** @param lines of one or several exports, tenants before what is theirs */
export async function importLines(api: CallApi, lines: AsyncIterable<string>): Promise<Imported> {
  const imported: Imported = { tenants: 0, accounts: 0, messages: 0, kept: 0, todo: [], left: [] };
  const messages: Fields[] = [];
  let n = 0;
  for await (const text of lines) {
    n += 1;
    if (text.trim() === '') continue;
    const { tenant, account, message } = fieldsIn(text);
    if (tenant !== undefined)
      await attempt(imported, `tenant ${tenant.id}`, () => addTenant(api, tenant, imported));
    else if (account !== undefined) {
      const name = `account ${account.tenant_id}/${account.id}`;
      await attempt(imported, name, () => addAccount(api, account, imported));
    } else if (message !== undefined) messages.push(message);
    else imported.left.push(`line ${n}: neither a tenant, an account nor a message in JSON`);
    if (messages.length >= messagesPerCall) await addMessages(api, messages.splice(0), imported);
  }
  await addMessages(api, messages, imported);
  return imported;
}

function fieldsIn(text: string): { tenant?: Fields; account?: Fields; message?: Fields } {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null ? line : {};
  } catch {
    return {};
  }
}

async function addTenant(
  api: CallApi,
  { client_auth, ...tenant }: Fields,
  imported: Imported,
): Promise<void> {
  const id = String(tenant.id);
  if (await exists(api, `/tenant/${encodeURIComponent(id)}`)) {
    imported.kept += 1;
    return;
  }
  // The API makes a key for a new tenant. Nobody sees it, and `tenants api-key` replaces it.
  await api('POST', '/tenant', { body: tenant });
  imported.tenants += 1;
  imported.todo.push(`mail-proxy tenants api-key ${id}`);
  const { method = 'none', user } = (client_auth ?? {}) as { method?: string; user?: string };
  if (method === 'none') return;
  const named = user === undefined ? '' : ` --auth-user ${user}`;
  imported.todo.push(`mail-proxy tenants update ${id} --auth ${method}${named} --auth-secret-file FILE`);
}

async function addAccount(api: CallApi, account: Fields, imported: Imported): Promise<void> {
  const { id, tenant_id: tenantId } = account;
  if (await exists(api, `/account/${encodeURIComponent(String(id))}`, { tenant_id: String(tenantId) })) {
    imported.kept += 1;
    return;
  }
  await api('POST', '/account', { body: account });
  imported.accounts += 1;
  if (account.user === undefined) return;
  imported.todo.push(`mail-proxy accounts password ${id} --tenant ${tenantId} --password-file FILE`);
}

/** A message that is there may have changed since the export, so it is not handed in again. */
async function addMessages(api: CallApi, messages: Fields[], imported: Imported): Promise<void> {
  const there = await Promise.all(
    messages.map(({ id, tenant_id }) =>
      exists(api, `/messages/${encodeURIComponent(String(id))}`, { tenant_id: String(tenant_id) }),
    ),
  );
  const fresh = messages.filter((_, n) => !there[n]);
  imported.kept += messages.length - fresh.length;
  if (fresh.length === 0) return;
  const { queued, rejected } = await handIn(api, fresh);
  imported.messages += queued;
  imported.left.push(...rejected.map(({ id, reason }) => `message ${id}: ${reason}`));
}

async function attempt(imported: Imported, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    imported.left.push(`${what}: ${error.message}`);
  }
}
