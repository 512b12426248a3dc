// Turns an event into an entry of a delivery report (contract section 9).
import { toUnixSeconds } from '../clock.js';
import type { UnreportedEvent } from '../store/events/unreported.js';

export type ReportEntry = Record<string, unknown> & { tenant_id: string; id: string; pk: string };

export function toEntry(tenantId: string, event: UnreportedEvent): ReportEntry {
  const entry = {
    event_id: event.eventId,
    event_type: event.type,
    tenant_id: tenantId,
    id: event.messageId,
    pk: event.messagePk,
    ...(event.metadata.recipients !== undefined && { recipients: event.metadata.recipients }),
  };
  const ts = toUnixSeconds(event.at);
  switch (event.type) {
    case 'sent':
      return { ...entry, sent_ts: ts };
    case 'error':
      return {
        ...entry,
        error_ts: ts,
        error: event.description,
        ...(event.metadata.rejected === true && { rejected: true }),
      };
    case 'deferred':
      return { ...entry, deferred_ts: event.metadata.deferred_ts, deferred_reason: event.description };
    case 'bounce':
      return { ...entry, bounce_ts: ts, ...bounceOf(event.metadata) };
    case 'complaint':
      return { ...entry, complaint_ts: ts, ...bounceOf(event.metadata) };
    default:
      return { ...entry, [`${event.type}_ts`]: ts };
  }
}

/** Unknown fields are absent rather than null. */
function bounceOf(metadata: UnreportedEvent['metadata']): Record<string, unknown> {
  const known = ['bounce_type', 'bounce_code', 'bounce_reason'].filter((name) => metadata[name] != null);
  return Object.fromEntries(known.map((name) => [name, metadata[name]]));
}
