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

/** The mailboxes that are to be read. */
export async function listMailboxes(ctx: Needs<'db'>): Promise<Mailbox[]> {
  const instance = await ctx.db.read.instance.findUnique({ where: { id: 1 } });
  const accounts = await ctx.db.read.account.findMany({
    where: { imapHost: { not: null }, tenant: { deletedAt: null } },
  });
  return [instance === null ? undefined : ofInstance(instance), ...accounts.map(ofAccount)].filter(
    (one) => one !== undefined,
  );
}

/** Undefined for a mailbox that is not to be read. */
export async function findMailbox(ctx: Needs<'db'>, id: string): Promise<Mailbox | undefined> {
  const owner = ownerOfMailbox(id);
  if (owner === null) {
    const instance = await ctx.db.read.instance.findUnique({ where: { id: 1 } });
    return instance === null ? undefined : ofInstance(instance);
  }
  const { tenantId, accountId } = owner;
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
