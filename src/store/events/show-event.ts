// An event of a message as clients see it (contract section 5).
import { toUnixSeconds } from '../../clock.js';
import { unpackMetadata } from '../../domain/recipient-list.js';
import { sql } from '../db/sql.js';

/** Of a row of events, about as many bytes as it has when it is shown. */
export const eventBytes = sql`COALESCE(octet_length(metadata), 0) + COALESCE(octet_length(description), 0)
  + octet_length(message_id) + 200`;

interface StoredEvent {
  id: bigint | number;
  type: string;
  at: bigint;
  description: string | null;
  metadata: string | null;
  reportedAt: bigint | null;
}

export interface ShownEvent {
  event_id: number;
  event_type: string;
  event_ts: number;
  description?: string;
  metadata?: Record<string, unknown>;
  reported_ts?: number;
}

/** A field without a value is left out. */
export function showEvent(event: StoredEvent): ShownEvent {
  return {
    event_id: Number(event.id),
    event_type: event.type,
    event_ts: toUnixSeconds(Number(event.at)),
    ...(event.description !== null && { description: event.description }),
    ...(event.metadata !== null && { metadata: parseMetadata(event.metadata) }),
    ...(event.reportedAt !== null && { reported_ts: toUnixSeconds(Number(event.reportedAt)) }),
  };
}

/** The metadata of an event, which is stored as JSON; empty when the event has none. */
export function parseMetadata(text: string | null): Record<string, unknown> {
  return text === null ? {} : unpackMetadata(JSON.parse(text) as Record<string, unknown>);
}
