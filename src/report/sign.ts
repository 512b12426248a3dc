// Signs a report by Standard Webhooks, so that the receiver can tell that it is genuine and recent.
import { createHash, createHmac } from 'node:crypto';
import { toUnixSeconds } from '../clock.js';
import { findWebhookSecrets, keyOf } from '../store/tenants/webhook-secrets.js';
import type { Needs } from './context.js';
import type { ReportEntry } from './payload.js';

/**
 * Makes the headers (github.com/standard-webhooks/standard-webhooks, "Webhook headers"), with one signature for each
 * secret that is valid now, and none at all for a tenant without a secret. A report keeps its id when it is tried again;
 * the timestamp is that of the try.
 */
export async function signReport(
  ctx: Needs<'db' | 'clock' | 'secrets'>,
  tenantId: string,
  entries: ReportEntry[],
  body: string,
): Promise<Record<string, string>> {
  const secrets = await findWebhookSecrets(ctx, tenantId);
  if (secrets.length === 0) return {};
  const now = ctx.clock.now();
  const id = reportId(tenantId, entries, now);
  const timestamp = toUnixSeconds(now);
  const signatures = secrets.map((secret) => {
    const mac = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`, 'utf8');
    return `v1,${mac.digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}

/** A call without events gets a new id each time, because it cannot be a repetition. */
function reportId(tenantId: string, entries: ReportEntry[], now: number): string {
  const parts = entries.length === 0 ? [`at ${now}`] : entries.map(({ event_id }) => String(event_id));
  const hash = createHash('sha256').update([tenantId, ...parts].join('\n'));
  return `msg_${hash.digest('base64url')}`;
}
