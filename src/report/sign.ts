// Signs a report as Standard Webhooks has it, so that whoever receives it can tell that it is ours and new.
import { createHash, createHmac } from 'node:crypto';
import { toUnixSeconds } from '../clock.js';
import { findWebhookSecrets, keyOf } from '../store/tenants/webhook-secrets.js';
import type { Needs } from './context.js';
import type { ReportEntry } from './payload.js';

/**
 * The headers of a report (github.com/standard-webhooks/standard-webhooks, "Webhook headers"), with one signature for
 * each secret that is valid now; none for a tenant that has no secret. A report of the same events has the same id
 * however often it is tried; the time is that of the try.
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

/** A call without events tells nothing that could be told twice: it is a new one each time. */
function reportId(tenantId: string, entries: ReportEntry[], now: number): string {
  const told = entries.length === 0 ? [`at ${now}`] : entries.map(({ event_id }) => String(event_id));
  const hash = createHash('sha256').update([tenantId, ...told].join('\n'));
  return `msg_${hash.digest('base64url')}`;
}
