// SMTP accounts of tenants as clients see them, and which account a message goes through.

import { isoSeconds } from '../../clock.js';
import { hiddenSecret } from '../../hidden-secret.js';
import { findMailboxId } from '../bounce-mailboxes/find-mailbox.js';
import { showMailbox } from '../bounce-mailboxes/mailbox-health.js';
import type { Needs } from '../context.js';
import {
  bytesOf,
  type Hold,
  holdNothing,
  type Page,
  type PageAsked,
  readPageOf,
} from '../db/cut-at-bytes.js';
import { sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { withoutNulls } from '../db/without-nulls.js';
import type { Account } from '../generated/sqlite/client.js';
import { shownMailbox } from './mailbox-settings.js';

/** Two at most of the tenants that have an account of this name: whether it is unambiguous is all that is asked. */
export async function findTenantsOfAccount(ctx: Needs<'db'>, id: string): Promise<string[]> {
  const found = await ctx.db.read.account.findMany({ where: { id }, select: { tenantId: true }, take: 2 });
  return found.map(({ tenantId }) => tenantId);
}

/** The ids of a tenant's accounts, and of deleted accounts that still have messages to send. */
export async function accountIds(ctx: Needs<'db'>, tenantId: string): Promise<string[]> {
  const found = await ctx.db.query(
    rows<{ id: string }>(sql`
      SELECT id FROM accounts WHERE tenant_id = ${tenantId}
      UNION SELECT account_id AS id FROM messages
      WHERE tenant_id = ${tenantId} AND next_sweep_at IS NOT NULL AND account_id IS NOT NULL`),
  );
  return found.map(({ id }) => id);
}

type ShownAccount = ReturnType<typeof showAccount>;

/**
 * Accounts as contract section 6 shows them, without their passwords, in the order of their ids.
 * @param hold is awaited before as many bytes are read
 */
export async function listAccounts(
  ctx: Needs<'db'>,
  tenantId: string,
  asked: PageAsked,
  hold: Hold = holdNothing,
): Promise<Page<ShownAccount>> {
  const { limit, after = '' } = asked;
  const sizes = await ctx.db.query(
    rows<{ bytes: number | bigint }>(sql`
      SELECT ${bytesOf('id', 'host', '"user"', 'imap_host', 'imap_user', 'imap_folder', 'imap_move_folder', 'ehlo_name', 'return_path')} AS bytes FROM accounts
      WHERE tenant_id = ${tenantId} AND id > ${after} ORDER BY id LIMIT ${limit + 1}`),
  );
  const where = { tenantId, id: { gt: after } };
  const read = async (take: number) =>
    (await ctx.db.read.account.findMany({ where, orderBy: { id: 'asc' }, take })).map(showAccount);
  return readPageOf(sizes, asked, hold, read, ({ id }) => id);
}

/** With how its mailbox for bounces fares. Undefined when the tenant has no account of that name. */
export async function findAccount(ctx: Needs<'db'>, tenantId: string, id: string) {
  const account = await ctx.db.read.account.findUnique({ where: { tenantId_id: { tenantId, id } } });
  if (account === null) return undefined;
  const shown = showAccount(account);
  const mailboxId = await findMailboxId(ctx, tenantId, id);
  if (mailboxId === undefined) return shown;
  return { ...shown, bounce_mailbox: await showMailbox(ctx, mailboxId, true) };
}

function showAccount(account: Account) {
  return withoutNulls({
    id: account.id,
    tenant_id: account.tenantId,
    host: account.host,
    port: account.port,
    user: account.user,
    password: account.password === null ? null : hiddenSecret,
    use_tls: account.useTls,
    allow_plaintext: account.allowPlaintext,
    ehlo_name: account.ehloName,
    return_path: account.returnPath,
    ttl: account.ttl,
    limit_per_minute: account.limitPerMinute,
    limit_per_hour: account.limitPerHour,
    limit_per_day: account.limitPerDay,
    limit_behavior: account.limitBehavior as 'defer' | 'reject',
    spread: account.spread,
    batch_size: account.batchSize,
    max_connections: account.maxConnections,
    on_in_doubt: account.onInDoubt as 'resend' | 'hold',
    keep_transcripts: account.keepTranscripts,
    ...shownMailbox(account),
    created_at: isoSeconds(account.createdAt),
    updated_at: isoSeconds(account.updatedAt),
  });
}
