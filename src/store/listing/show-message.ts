// A message as clients see it (contract section 5).
import { isoSeconds, toUnixSeconds } from '../../clock.js';
import type { Attachment } from '../../domain/attachment/attachment.js';
import type { BounceReason } from '../../domain/bounce/reason.js';
import type { MessageHead, RecipientResult, StoredMessage } from '../../domain/message.js';
import { unpackRecipients } from '../../domain/recipient-list.js';
import { type Status, shownStatus } from '../../domain/status.js';
import { type Returned, withReturned } from '../bounces/with-returned.js';
import { withoutNulls } from '../db/without-nulls.js';
import type { ShownEvent } from '../events/show-event.js';

/** The columns of a message with its tenant's name and its content. */
export interface MessageRow {
  pk: string;
  id: string;
  tenant_id: string;
  tenant_name: string | null;
  account_id: string | null;
  priority: number;
  batch_code: string | null;
  status: Status;
  due_at: bigint;
  blocked_until: bigint | null;
  sent_at: bigint | null;
  error_at: bigint | null;
  error: string | null;
  smtp_code: number | null;
  recipients: string | null;
  error_reason: string | null;
  bounces: number;
  bounce_type: string | null;
  bounce_code: string | null;
  bounce_reason: string | null;
  bounce_at: bigint | null;
  retry_count: number;
  reported_at: bigint | null;
  created_at: bigint;
  updated_at: bigint;
  payload: string | null;
  /** JSON: the places of the attachments that the mail has links for. */
  linked: string | number[] | null;
  /** JSON: what was found of the attachments that were fetched. */
  fetched: string | Fetched[] | null;
}

interface Fetched {
  n: number;
  size: number;
  mimeType: string;
  /** SQLite has a number. */
  cached: boolean | number;
}

/**
 * A field without a value is left out.
 * @param returned what came back of it
 */
export function showMessage(row: MessageRow, returned: Returned[] = [], history?: ShownEvent[]) {
  const { given, head } = JSON.parse(row.payload ?? '{}') as Partial<StoredMessage>;
  return withoutNulls({
    pk: row.pk,
    id: row.id,
    tenant_id: row.tenant_id,
    tenant_name: row.tenant_name,
    account_id: row.account_id,
    priority: row.priority,
    batch_code: row.batch_code,
    status: shownStatus(row.status),
    deferred_ts: row.status === 'deferred' ? seconds(row.blocked_until ?? row.due_at) : null,
    sent_ts: seconds(row.sent_at),
    error_ts: seconds(row.error_at),
    // Clients of genro-mail-proxy take a message with an `error` for one that has failed.
    error: row.status === 'error' ? row.error : null,
    deferred_reason: row.status === 'error' || row.status === 'sent' ? null : row.error,
    smtp_code: row.smtp_code,
    recipients: withReturned(showRecipients(row, head), returned) ?? null,
    retry_count: row.retry_count,
    reported_ts: seconds(row.reported_at),
    bounce_type: row.bounce_type as 'hard' | 'soft' | null,
    bounce_code: row.bounce_code,
    bounce_reason: row.bounce_reason,
    bounce_ts: seconds(row.bounce_at),
    created_at: isoSeconds(row.created_at),
    updated_at: isoSeconds(row.updated_at),
    attachments: head?.attachments?.map(attachmentsOf(row)) ?? null,
    message: given ?? null,
    history: history ?? null,
  });
}

/** Never a content, and never a link. The size of one that is fetched is known once it is. */
function attachmentsOf({ linked, fetched }: MessageRow) {
  const places = new Set(listIn(linked));
  const found = new Map(listIn(fetched).map((one) => [one.n, one]));
  return ({ filename, mode, ...known }: Attachment, n: number) => {
    const { size = known.size, mimeType = known.mimeType, cached } = found.get(n) ?? {};
    return {
      filename,
      ...(size !== undefined && { size }),
      ...(mimeType !== undefined && { mime_type: mimeType }),
      source: mode,
      ...(cached && { cached: true as const }),
      ...(places.has(n) && { offloaded: true as const }),
    };
  };
}

/** PostgreSQL gives JSON as what it stands for. */
function listIn<T>(json: string | T[] | null): T[] {
  return typeof json === 'string' ? (JSON.parse(json) as T[]) : (json ?? []);
}

/** Times are stored in milliseconds and shown in whole seconds. */
function seconds(ms: bigint | null): number | null {
  return ms === null ? null : toUnixSeconds(Number(ms));
}

/** The stored result of each recipient. None is stored when all have the result of the message; undefined before an end. */
function showRecipients(
  row: Pick<MessageRow, 'status' | 'recipients' | 'smtp_code' | 'error' | 'error_reason'>,
  head: MessageHead | undefined,
): RecipientResult[] | undefined {
  if (row.recipients !== null) return unpackRecipients(JSON.parse(row.recipients));
  const status = row.status === 'sent' || row.status === 'error' ? row.status : undefined;
  if (status === undefined || head === undefined) return undefined;
  const code = row.smtp_code === null ? {} : { smtp_code: row.smtp_code };
  const error = row.error === null ? {} : { error: row.error };
  const reason = row.error_reason === null ? {} : { reason: row.error_reason as BounceReason };
  const all = [...head.to, ...(head.cc ?? []), ...(head.bcc ?? [])].map(({ address }) => address);
  return unpackRecipients(
    [...new Set(all)].map((address) => ({ address, status, ...code, ...error, ...reason })),
  );
}
