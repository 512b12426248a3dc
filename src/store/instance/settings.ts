// The settings of the installation that an operator changes while it runs: its name, admin token and bounce mailbox.
import { isoSeconds } from '../../clock.js';
import { type AfterReading, instanceMailbox } from '../../domain/bounce/mailbox.js';
import { hiddenSecret, sealGiven } from '../../hidden-secret.js';
import { hashToken } from '../../secrets.js';
import { showMailbox } from '../bounce-mailboxes/mailbox-health.js';
import type { Needs } from '../context.js';
import { withoutNulls } from '../db/without-nulls.js';
import { writeOverUnchanged } from '../db/write-over-unchanged.js';
import type { Instance, Prisma } from '../generated/sqlite/client.js';
import { checkSecret, type SecretNeeded } from '../secrets/keep-secret.js';
import { type Destination, placeOf, sealedSecrets } from '../secrets/sealed-secrets.js';

/** The bounce mailbox. Null clears a setting or restores its default; undefined leaves it alone. */
interface BounceSettings {
  enabled?: boolean | null | undefined;
  imap_host?: string | null | undefined;
  imap_port?: number | null | undefined;
  imap_user?: string | null | undefined;
  /** `***`, as clients are shown it, leaves the password as it is. */
  imap_password?: string | null | undefined;
  imap_folder?: string | null | undefined;
  imap_ssl?: boolean | null | undefined;
  imap_starttls?: boolean | null | undefined;
  after_reading?: AfterReading | null | undefined;
  move_folder?: string | null | undefined;
  /** In seconds. */
  poll_interval?: number | null | undefined;
  return_path?: string | null | undefined;
}

/** Undefined leaves a setting alone. */
interface InstanceSettings {
  name?: string | null | undefined;
  /** The new admin token. The previous one ends at once in every process. */
  adminToken?: string | undefined;
  bounce?: BounceSettings;
}

/** Restored by null. Other columns become null themselves. */
const defaults = {
  name: 'mail-proxy',
  bounceEnabled: false,
  bounceImapPort: 993,
  bounceImapFolder: 'INBOX',
  bounceImapSsl: true,
  bounceImapStarttls: false,
  bounceAfterReading: 'leave',
  bounceMoveFolder: 'Bounces',
  bouncePollInterval: 60,
};

/** The fields of the mailbox as they are named among those of the installation. */
type PrefixedBounce = {
  [K in keyof ReturnType<typeof shownBounce> as `bounce_${K}`]: ReturnType<typeof shownBounce>[K];
};

/** The installation as clients see it, without its admin token. */
export async function showInstance(ctx: Needs<'db'>) {
  const instance = await findInstance(ctx);
  const bounce = Object.entries(shownBounce(instance)).map(([name, value]) => [`bounce_${name}`, value]);
  return {
    id: 1 as const,
    name: instance.name,
    ...(Object.fromEntries(bounce) as PrefixedBounce),
    created_at: isoSeconds(instance.createdAt),
    updated_at: isoSeconds(instance.updatedAt ?? instance.createdAt),
  };
}

/** The settings of the bounce mailbox alone, its password hidden, and how it fares. */
export async function showBounce(ctx: Needs<'db'>) {
  const settings = shownBounce(await findInstance(ctx));
  const isOn = settings.enabled && settings.imap_host !== undefined;
  return { ...settings, ...(await showMailbox(ctx, instanceMailbox, isOn)) };
}

/** Takes the mailbox's settings away, so that it is no longer read. What was read from it stays. */
export function clearBounce(ctx: Needs<'db' | 'clock' | 'secrets'>): Promise<unknown> {
  const bounce: BounceSettings = {
    enabled: null,
    imap_host: null,
    imap_port: null,
    imap_user: null,
    imap_password: null,
    imap_folder: null,
    imap_ssl: null,
    imap_starttls: null,
    after_reading: null,
    move_folder: null,
    poll_interval: null,
    return_path: null,
  };
  return updateInstance(ctx, { bounce });
}

/** Changes the given settings. A change of the mailbox raises its revision, so that it is opened again. */
export async function updateInstance(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  { name, adminToken, bounce = {} }: InstanceSettings,
): Promise<{ kind: 'done' } | SecretNeeded> {
  const columns = {
    name,
    adminTokenHash: adminToken === undefined ? undefined : hashToken(adminToken),
    bounceEnabled: bounce.enabled,
    bounceImapHost: bounce.imap_host,
    bounceImapPort: bounce.imap_port,
    // An empty user means no login.
    bounceImapUser: bounce.imap_user === '' ? null : bounce.imap_user,
    bounceImapPassword: sealGiven(ctx, bounce.imap_password, placeOf(sealedSecrets.bouncePassword, '1')),
    bounceImapFolder: bounce.imap_folder,
    bounceImapSsl: bounce.imap_ssl,
    bounceImapStarttls: bounce.imap_starttls,
    bounceAfterReading: bounce.after_reading,
    bounceMoveFolder: bounce.move_folder,
    bouncePollInterval: bounce.poll_interval,
    bounceReturnPath: bounce.return_path,
  };
  const given = Object.entries(columns).filter(([, value]) => value !== undefined);
  const changes = Object.fromEntries(given.map(([field, value]) => [field, value ?? defaultOf(field)]));
  const data: Prisma.InstanceUpdateManyMutationInput = {
    ...changes,
    updatedAt: BigInt(ctx.clock.now()),
    ...(given.some(([field]) => field.startsWith('bounce')) && { bounceRevision: { increment: 1 } }),
  };
  return writeOverUnchanged(async () => {
    const before = await findInstance(ctx);
    const refused = checkSecret(sealedSecrets.bouncePassword, ['imap_password'], {
      isStored: before.bounceImapPassword !== null,
      given: bounce.imap_password,
      before: mailServer(before),
      after: mailServer({ ...before, ...changes }),
    });
    if (refused !== undefined) return refused;
    const where = { id: 1, bounceRevision: before.bounceRevision };
    const [updated] = await ctx.db.writeModels<[{ count: number }]>((models) => [
      models.instance.updateMany({ where, data }),
    ]);
    return updated.count > 0 ? { kind: 'done' } : undefined;
  });
}

/** Where the password of the mailbox is sent. */
function mailServer(instance: Instance): Destination {
  return {
    imap_host: instance.bounceImapHost,
    imap_port: instance.bounceImapPort,
    imap_user: instance.bounceImapUser,
    // STARTTLS and TLS from the first byte are the same to it.
    imap_ssl: instance.bounceImapSsl || instance.bounceImapStarttls,
  };
}

/** Has the mailbox opened again with its present settings. @returns false when they name no server */
export async function reloadBounce(ctx: Needs<'db'>): Promise<boolean> {
  const [reloaded] = await ctx.db.writeModels<[{ count: number }]>((models) => [
    models.instance.updateMany({
      where: { id: 1, bounceImapHost: { not: null } },
      data: { bounceRevision: { increment: 1 } },
    }),
  ]);
  return reloaded.count > 0;
}

function findInstance(ctx: Needs<'db'>): Promise<Instance> {
  return ctx.db.read.instance.findUniqueOrThrow({ where: { id: 1 } });
}

function defaultOf(field: string): unknown {
  return field in defaults ? defaults[field as keyof typeof defaults] : null;
}

/** Settings without a value are left out. The password is shown as hidden, so that a caller sees whether there is one. */
function shownBounce(instance: Instance) {
  return withoutNulls({
    enabled: instance.bounceEnabled,
    imap_host: instance.bounceImapHost,
    imap_port: instance.bounceImapPort,
    imap_user: instance.bounceImapUser,
    imap_password: instance.bounceImapPassword === null ? null : hiddenSecret,
    imap_folder: instance.bounceImapFolder,
    imap_ssl: instance.bounceImapSsl,
    imap_starttls: instance.bounceImapStarttls,
    after_reading: instance.bounceAfterReading as AfterReading,
    move_folder: instance.bounceMoveFolder,
    poll_interval: instance.bouncePollInterval,
    return_path: instance.bounceReturnPath,
  });
}
