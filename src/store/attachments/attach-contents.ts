// The statement that names the stored contents and the sealed credentials of messages, in the transaction that stores the messages.
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';

/** What is stored of an attachment apart from its message. */
export interface NewAttachment {
  /** Its place in the message's list. */
  n: number;
  contentId?: string;
  /** What it is fetched with, sealed for the revision of the message. */
  secret?: string;
}

interface AttachingMessage {
  tenantId: string;
  id: string;
  revision: string;
  attachments?: NewAttachment[];
}

/**
 * A message that replaces another has lost the attachments of that one with its new revision.
 * @returns undefined where no message has any
 */
export function attachContents(messages: AttachingMessage[]) {
  const each = messages.flatMap(({ tenantId, id, revision, attachments = [] }) =>
    attachments.map(({ n, contentId = null, secret = null }) => ({
      tenant: tenantId,
      id,
      revision,
      n,
      content: contentId,
      secret,
    })),
  );
  if (each.length === 0) return undefined;
  const table = rowsOf(
    { tenant: 'text', id: 'text', revision: 'text', n: 'bigint', content: 'text', secret: 'text' },
    each,
  );
  return run(sql`
    INSERT INTO message_attachments (message_pk, n, content_id, secret)
    SELECT m.pk, j.n, j.content, j.secret
    FROM ${table} JOIN messages m ON m.tenant_id = j.tenant AND m.id = j.id AND m.revision = j.revision`);
}
