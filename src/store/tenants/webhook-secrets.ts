// The secrets that sign a tenant's reports: the current one, and the previous one until it expires.

import { randomBytes } from 'node:crypto';
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rows } from '../db/transaction.js';
import { placeOf, sealedSecrets } from '../secrets/sealed-secrets.js';

/** As Standard Webhooks writes a symmetric key: 32 bytes in base64. */
const prefix = 'whsec_';

interface NewWebhookSecret {
  /** It is never shown again. */
  secret: string;
  /** Until when the previous secret signs reports as well, in milliseconds since the epoch; null: there is none. */
  previousUntil: number | null;
}

/**
 * Gives the tenant a new secret. The one it replaces stays valid beside it for a while; any older secret ends.
 * @param previousUntil when the replaced secret expires, in milliseconds since the epoch
 * @returns undefined when there is no such tenant
 */
export async function renewWebhookSecret(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  tenantId: string,
  previousUntil: number,
): Promise<NewWebhookSecret | undefined> {
  const secret = `${prefix}${randomBytes(32).toString('base64')}`;
  const now = ctx.clock.now();
  const sealed = ctx.secrets.seal(secret, placeOf(sealedSecrets.webhookSecret, tenantId));
  const validUntil = previousUntil > now ? previousUntil : null;
  // The expressions after SET read the values from before the update.
  const { renewed } = await ctx.db.transaction({
    renewed: rows<{ until: bigint | null }>(sql`
      UPDATE tenants SET webhook_secret = ${sealed},
        webhook_secret_previous = ${validUntil === null ? sql`NULL` : sql`webhook_secret`},
        webhook_previous_until = ${validUntil === null ? sql`NULL` : sql`CASE WHEN webhook_secret IS NOT NULL THEN ${validUntil} END`},
        updated_at = ${now}
      WHERE id = ${tenantId} AND deleted_at IS NULL RETURNING webhook_previous_until AS until`),
  });
  const [row] = renewed;
  if (row === undefined) return undefined;
  return { secret, previousUntil: row.until === null ? null : Number(row.until) };
}

/** Ends all secrets, so that the tenant's reports are no longer signed. @returns false when there is no such tenant */
export async function endWebhookSecrets(ctx: Needs<'db' | 'clock'>, tenantId: string): Promise<boolean> {
  const [ended] = await ctx.db.writeModels<[{ count: number }]>((models) => [
    models.tenant.updateMany({
      where: { id: tenantId, deletedAt: null },
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

/** The secrets that are valid now, newest first. Without a secret, reports are not signed. */
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
  const place = placeOf(sealedSecrets.webhookSecret, tenantId);
  return [tenant?.webhookSecret, previous].flatMap((sealed) =>
    sealed ? [ctx.secrets.open(sealed, place)] : [],
  );
}

/** The bytes of the key, which sign. */
export function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(prefix.length), 'base64');
}
