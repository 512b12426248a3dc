// The mailboxes for bounces as they are set up: that of the installation, and those of accounts.
import {
  type AfterReading,
  instanceMailbox,
  type MailboxTls,
  mailboxIdOf,
  ownerOfMailbox,
} from '../../domain/bounce/mailbox.js';
import type { Place } from '../../secrets.js';
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import type { Account, Instance } from '../generated/sqlite/client.js';
import { placeOf, sealedSecrets } from '../secrets/sealed-secrets.js';

export interface Mailbox {
  id: string;
  tenantId: string | null;
  accountId: string | null;
  /** Changes with the settings, and with each reload. */
  revision: string;
  host: string;
  port: number;
  /** Whether the operator or the admin named host and port, so that the server may be in a private network. */
  isTrusted: boolean;
  tls: MailboxTls;
  user: string;
  /** Null: none is set. */
  sealedPassword: string | null;
  passwordPlace: Place;
  folder: string;
  pollIntervalSeconds: number;
  afterReading: AfterReading;
  moveFolder: string;
}

/** Implicit TLS has a port of its own (RFC 8314 section 3.2). */
const implicitTlsPort = 993;

/** The mailboxes that are to be read, each once. */
export async function listMailboxes(ctx: Needs<'db'>): Promise<Mailbox[]> {
  const instance = await ctx.db.read.instance.findUnique({ where: { id: 1 } });
  const accounts = await ctx.db.read.account.findMany({
    where: { imapHost: { not: null }, tenant: { deletedAt: null } },
  });
  const carriers = await ctx.db.query(
    rows<{
      tenant_id: string;
      id: string;
    }>(sql`SELECT a.tenant_id AS tenant_id, MIN(a.id) AS id FROM accounts a
      WHERE a.imap_host IS NOT NULL GROUP BY a.tenant_id, a.imap_host, COALESCE(a.imap_user, ''),
        a.imap_folder`),
  );
  const ids = new Set(carriers.map(({ tenant_id, id }) => mailboxIdOf(tenant_id, id)));
  const carrying = accounts.filter(({ tenantId, id }) => ids.has(mailboxIdOf(tenantId, id)));
  return [instance === null ? undefined : ofInstance(instance), ...carrying.map(ofAccount)].filter(
    (one) => one !== undefined,
  );
}

/**
 * Several accounts of a tenant may name the same server, user and folder. That mailbox is read once, as that of the first of
 * them.
 * @returns its id; undefined where the account has no mailbox
 */
export async function findMailboxId(
  ctx: Needs<'db'>,
  tenantId: string,
  accountId: string,
): Promise<string | undefined> {
  const [found] = await ctx.db.query(
    rows<{ id: string | null }>(sql`SELECT MIN(a.id) AS id FROM accounts a JOIN accounts o ON ${sameMailbox}
      WHERE o.tenant_id = ${tenantId} AND o.id = ${accountId}`),
  );
  return found?.id == null ? undefined : mailboxIdOf(tenantId, found.id);
}

/** Of two accounts, as rows `a` and `o`. */
export const sameMailbox = sql`a.tenant_id = o.tenant_id AND a.imap_host = o.imap_host
  AND a.imap_folder = o.imap_folder AND COALESCE(a.imap_user, '') = COALESCE(o.imap_user, '')`;

/** Undefined for a mailbox that is not to be read. */
export async function findMailbox(ctx: Needs<'db'>, id: string): Promise<Mailbox | undefined> {
  const owner = ownerOfMailbox(id);
  if (owner === null) {
    const instance = await ctx.db.read.instance.findUnique({ where: { id: 1 } });
    return instance === null ? undefined : ofInstance(instance);
  }
  const { tenantId, accountId } = owner;
  if ((await findMailboxId(ctx, tenantId, accountId)) !== id) return undefined;
  const account = await ctx.db.read.account.findUnique({
    where: { tenantId_id: { tenantId, id: accountId }, tenant: { deletedAt: null } },
  });
  return account === null ? undefined : ofAccount(account);
}

function ofInstance(instance: Instance): Mailbox | undefined {
  if (!instance.bounceEnabled || instance.bounceImapHost === null) return undefined;
  return {
    id: instanceMailbox,
    tenantId: null,
    accountId: null,
    revision: String(instance.bounceRevision),
    host: instance.bounceImapHost,
    port: instance.bounceImapPort,
    isTrusted: true,
    tls: instance.bounceImapStarttls ? 'starttls' : instance.bounceImapSsl ? 'implicit' : 'none',
    user: instance.bounceImapUser ?? '',
    sealedPassword: instance.bounceImapPassword,
    passwordPlace: placeOf(sealedSecrets.bouncePassword, '1'),
    folder: instance.bounceImapFolder,
    pollIntervalSeconds: instance.bouncePollInterval,
    afterReading: instance.bounceAfterReading as AfterReading,
    moveFolder: instance.bounceMoveFolder,
  };
}

function ofAccount(account: Account): Mailbox | undefined {
  if (account.imapHost === null) return undefined;
  const { tenantId, id, imapHost: host, imapPort: port } = account;
  return {
    id: mailboxIdOf(tenantId, id),
    tenantId,
    accountId: id,
    revision: account.revision,
    host,
    port,
    isTrusted: account.adminImapHost === host && account.adminImapPort === port,
    tls: !account.imapTls ? 'none' : port === implicitTlsPort ? 'implicit' : 'starttls',
    user: account.imapUser ?? '',
    sealedPassword: account.imapPassword,
    passwordPlace: placeOf(sealedSecrets.accountImapPassword, tenantId, id),
    folder: account.imapFolder,
    pollIntervalSeconds: account.imapPollInterval,
    afterReading: account.imapAfterReading as AfterReading,
    moveFolder: account.imapMoveFolder,
  };
}
