// SMTP accounts as sending needs them: with their passwords, the instance's default account included.
import { expiringMap } from '../../concurrency/expiring-map.js';
import { type Owner, ownerKey } from '../../domain/owner.js';
import { Fault, isFault } from '../../errors.js';
import type { Needs } from '../context.js';
import { batched, perDatabase } from '../db/per-database.js';
import type { Account } from '../generated/sqlite/client.js';
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
  /** The longest time a connection is used, in seconds. */
  ttl: number;
  /** The most messages sent over one connection; undefined: no limit. */
  batchSize: number | undefined;
  /** What to do with a message when it is unknown whether the server accepted it. */
  onInDoubt: 'resend' | 'hold';
  /** Milliseconds between two mails; set when the account spreads its limit a minute evenly. */
  spreadMs: number | undefined;
  /** Changes whenever the account does. A connection that was opened for another version is not used again. */
  version: string;
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
  const wanted = new Map<string, { tenantId: string; id: string }>();
  for (const { tenantId, accountId } of keys) {
    if (accountId !== null) wanted.set(`${tenantId}\n${accountId}`, { tenantId, id: accountId });
  }
  const rows =
    wanted.size === 0 ? [] : await ctx.db.read.account.findMany({ where: { OR: [...wanted.values()] } });
  const found = new Map(rows.map((row) => [`${row.tenantId}\n${row.id}`, toSending(ctx, row)]));
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

function toSending(ctx: Needs<'secrets'>, account: Account): SendingAccount {
  return {
    host: account.host,
    port: account.port,
    isTrusted: account.adminHost === account.host && account.adminPort === account.port,
    user: account.user ?? undefined,
    password: account.password === null ? undefined : openPassword(ctx, account, account.password),
    useTls: account.useTls ?? undefined,
    allowPlaintext: account.allowPlaintext,
    ehloName: account.ehloName ?? undefined,
    ttl: account.ttl,
    batchSize: account.batchSize ?? undefined,
    onInDoubt: account.onInDoubt === 'hold' ? 'hold' : 'resend',
    spreadMs:
      account.spread && account.limitPerMinute ? Math.ceil(60_000 / account.limitPerMinute) : undefined,
    version: account.revision,
  };
}

/** @throws Fault `wrong_encryption_key` with a sentence for the account's owner */
function openPassword({ secrets }: Needs<'secrets'>, { tenantId, id }: Account, sealed: string): string {
  try {
    return secrets.open(sealed, placeOf(sealedSecrets.accountPassword, tenantId, id));
  } catch (error) {
    if (!isFault(error, 'wrong_encryption_key')) throw error;
    const what = `The stored password of account "${id}" cannot be decrypted with GMP_ENCRYPTION_KEY`;
    throw new Fault('wrong_encryption_key', `${what}; set the password again`);
  }
}
