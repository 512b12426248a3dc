// SMTP accounts as sending needs them: with their passwords, the instance's default account included.
import { expiringMap } from '../../concurrency/expiring-map.js';
import { type Owner, ownerKey } from '../../domain/owner.js';
import { Fault, isFault } from '../../errors.js';
import type { Needs } from '../context.js';
import { batched, perDatabase } from '../db/per-database.js';
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';
import { placeOf, sealedSecrets } from '../secrets/sealed-secrets.js';
import { instanceAccount } from './instance-account.js';

export interface SendingAccount {
  host: string;
  port: number;
  /** Whether the operator or the admin named host and port, so that the server may be in a private network. */
  isTrusted: boolean;
  user: string | undefined;
  password: string | undefined;
  useTls: boolean | undefined;
  /** Whether the password may be sent without TLS to a server that offers none. */
  allowPlaintext: boolean;
  /** The name in EHLO; undefined: that of the installation. */
  ehloName: string | undefined;
  /** The envelope sender of messages that name none. */
  returnPath: string | undefined;
  /** The longest time a connection is used, in seconds. */
  ttl: number;
  /** The most messages sent over one connection; undefined: no limit. */
  batchSize: number | undefined;
  /** The most connections at once, of all processes together; undefined: as many as the server takes. */
  maxConnections: number | undefined;
  /** What to do with a message when it is unknown whether the server accepted it. */
  onInDoubt: 'resend' | 'hold';
  /** Whether what is said to the server is kept. */
  keepTranscripts: boolean;
  /** Milliseconds between two mails; set when the account spreads its limit a minute evenly. */
  spreadMs: number | undefined;
  /** Changes whenever the account does. A connection that was opened for another version is not used again. */
  version: string;
}

interface AccountRow {
  tenant_id: string;
  id: string;
  revision: string;
  host: string;
  port: number;
  admin_host: string | null;
  admin_port: number | null;
  user: string | null;
  /** Sealed. */
  password: string | null;
  use_tls: boolean | null;
  allow_plaintext: boolean;
  ehlo_name: string | null;
  return_path: string | null;
  ttl: number;
  limit_per_minute: number | null;
  batch_size: number | null;
  max_connections: number | null;
  on_in_doubt: string;
  keep_transcripts: boolean;
  spread: boolean;
}

type FindNeeds = Needs<'db' | 'clock' | 'secrets' | 'config'>;

/**
 * The accounts as they are now, in the order of the keys; undefined where the tenant has no account of that name.
 * @throws Fault `wrong_encryption_key` when a stored password cannot be decrypted
 */
export async function findSendingAccounts(
  ctx: Needs<'db' | 'secrets' | 'config'>,
  keys: Owner[],
): Promise<(SendingAccount | undefined)[]> {
  const named = keys.filter(({ accountId }) => accountId !== null);
  const table = rowsOf(
    { tenant: 'text', account: 'text' },
    named.map(({ tenantId, accountId }) => ({ tenant: tenantId, account: accountId })),
  );
  const accounts =
    named.length === 0
      ? []
      : await ctx.db.query(
          rows<AccountRow>(sql`SELECT a.tenant_id, a.id, a.revision, a.host, a.port, a.admin_host, a.admin_port,
              a."user", a.password, a.use_tls, a.allow_plaintext, a.ehlo_name, a.return_path, a.ttl, a.limit_per_minute, a.batch_size,
              a.max_connections, a.on_in_doubt, a.keep_transcripts, a.spread
            FROM ${table} JOIN accounts a ON a.tenant_id = j.tenant AND a.id = j.account`),
        );
  const found = new Map(accounts.map((row) => [`${row.tenant_id}\n${row.id}`, toSending(ctx, row)]));
  return keys.map(({ tenantId, accountId }) =>
    accountId === null ? instanceAccount(ctx) : found.get(`${tenantId}\n${accountId}`),
  );
}

const findTogether = batched((ctx: FindNeeds, owners: Owner[]) => findSendingAccounts(ctx, owners));

/** How long an account is remembered after its last use. */
const rememberMs = 60_000;

const remembered = perDatabase(({ clock }: FindNeeds) => expiringMap<SendingAccount>(clock, rememberMs));

/**
 * The account, from memory if the copy there is of this revision, otherwise as it is now; undefined when there is none.
 * @param revision as the claim found it
 */
export async function findAccountBatched(
  ctx: FindNeeds,
  owner: Owner,
  revision: string | undefined,
): Promise<SendingAccount | undefined> {
  const known = remembered(ctx);
  const key = ownerKey(owner);
  const copy = known.get(key);
  if (copy !== undefined && copy.version === revision) return copy;
  const account = await findTogether(ctx, owner);
  if (account === undefined) known.delete(key);
  else known.set(key, account);
  return account;
}

function toSending(ctx: Needs<'secrets'>, row: AccountRow): SendingAccount {
  return {
    host: row.host,
    port: row.port,
    isTrusted: row.admin_host === row.host && row.admin_port === row.port,
    user: row.user ?? undefined,
    password: row.password === null ? undefined : openPassword(ctx, row, row.password),
    useTls: row.use_tls ?? undefined,
    allowPlaintext: row.allow_plaintext,
    ehloName: row.ehlo_name ?? undefined,
    returnPath: row.return_path ?? undefined,
    ttl: row.ttl,
    batchSize: row.batch_size ?? undefined,
    maxConnections: row.max_connections ?? undefined,
    onInDoubt: row.on_in_doubt === 'hold' ? 'hold' : 'resend',
    keepTranscripts: row.keep_transcripts,
    spreadMs: row.spread && row.limit_per_minute ? Math.ceil(60_000 / row.limit_per_minute) : undefined,
    version: row.revision,
  };
}

/** @throws Fault `wrong_encryption_key` with a sentence for the account's owner */
function openPassword({ secrets }: Needs<'secrets'>, row: AccountRow, sealed: string): string {
  try {
    return secrets.open(sealed, placeOf(sealedSecrets.accountPassword, row.tenant_id, row.id));
  } catch (error) {
    if (!isFault(error, 'wrong_encryption_key')) throw error;
    const what = `The stored password of account "${row.id}" cannot be decrypted with GMP_ENCRYPTION_KEY`;
    throw new Fault('wrong_encryption_key', `${what}; set the password again`);
  }
}
