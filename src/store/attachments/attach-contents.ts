// The statement that names the stored contents of messages, in the transaction that stores the messages.
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';

interface AttachingMessage {
  tenantId: string;
  id: string;
  revision: string;
  attachments?: { n: number; contentId: string }[];
}

/**
 * A message that replaces another has lost the attachments of that one with its new revision.
 * @returns undefined where no message has any
 */
export function attachContents(messages: AttachingMessage[]) {
  const each = messages.flatMap(({ tenantId, id, revision, attachments = [] }) =>
    attachments.map(({ n, contentId }) => ({ tenant: tenantId, id, revision, n, content: contentId })),
  );
  if (each.length === 0) return undefined;
  const table = rowsOf({ tenant: 'text', id: 'text', revision: 'text', n: 'bigint', content: 'text' }, each);
  return run(sql`
    INSERT INTO message_attachments (message_pk, n, content_id)
    SELECT m.pk, j.n, j.content
    FROM ${table} JOIN messages m ON m.tenant_id = j.tenant AND m.id = j.id AND m.revision = j.revision`);
}
