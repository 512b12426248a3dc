// The secrets with which a tenant's reports are signed: one, and for a while the one before it.
import { randomBytes } from 'node:crypto';
import type { Needs } from '../context.js';

/** As Standard Webhooks writes a symmetric key: 32 bytes in base64. */
const prefix = 'whsec_';

export interface NewWebhookSecret {
  /** The only time it is seen. */
  secret: string;
  /** Until when reports are signed with the one before as well, milliseconds since the epoch; null: there is none. */
  previousUntil: number | null;
}

/**
 * Gives the tenant a new secret and keeps the one before beside it for a while; an older one ends.
 * @param previousUntil milliseconds since the epoch
 * @returns undefined when there is no such tenant
 */
export async function renewWebhookSecret(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  tenantId: string,
  previousUntil: number,
): Promise<NewWebhookSecret | undefined> {
  const secret = `${prefix}${randomBytes(32).toString('base64')}`;
  const now = ctx.clock.now();
  const sealed = ctx.secrets.seal(secret);
  const kept = previousUntil > now ? previousUntil : null;
  // On the right side of SET stand the values from before.
  const [rows] = await ctx.db.write<[{ until: bigint | null }[]]>((client) => [
    client.$queryRaw<{ until: bigint | null }[]>`
      UPDATE tenants SET webhook_secret = ${sealed},
        webhook_secret_previous = CASE WHEN CAST(${kept} AS BIGINT) IS NOT NULL THEN webhook_secret END,
        webhook_previous_until = CASE WHEN webhook_secret IS NOT NULL THEN CAST(${kept} AS BIGINT) END,
        updated_at = CAST(${now} AS BIGINT)
      WHERE id = ${tenantId} RETURNING webhook_previous_until AS until`,
  ]);
  const [row] = rows;
  if (row === undefined) return undefined;
  return { secret, previousUntil: row.until === null ? null : Number(row.until) };
}

/** From now on the tenant's reports are not signed. @returns false when there is no such tenant */
export async function endWebhookSecrets(ctx: Needs<'db' | 'clock'>, tenantId: string): Promise<boolean> {
  const [ended] = await ctx.db.write<[{ count: number }]>((client) => [
    client.tenant.updateMany({
      where: { id: tenantId },
      data: {
        webhookSecret: null,
        webhookSecretPrevious: null,
        webhookPreviousUntil: null,
        updatedAt: ctx.clock.now(),
      },
    }),
  ]);
  return ended.count > 0;
}

/** The secrets that are valid now, the newest first; none: reports are not signed. */
export async function findWebhookSecrets(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  tenantId: string,
): Promise<string[]> {
  const tenant = await ctx.db.read.tenant.findUnique({
    where: { id: tenantId },
    select: { webhookSecret: true, webhookSecretPrevious: true, webhookPreviousUntil: true },
  });
  const previous =
    Number(tenant?.webhookPreviousUntil ?? 0) > ctx.clock.now() ? tenant?.webhookSecretPrevious : null;
  return [tenant?.webhookSecret, previous].flatMap((sealed) => (sealed ? [ctx.secrets.open(sealed)] : []));
}

/** The bytes that sign. */
export function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(prefix.length), 'base64');
}
