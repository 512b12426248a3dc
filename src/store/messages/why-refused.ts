// Why a message was not stored, for a statement over rows `j` of tenant, id and account, and messages `m` of the same id.
import { Prisma } from '../generated/sqlite/client.js';

export type Refusal = 'no_account' | 'already_sent' | 'being_sent';

/** Taken for some of its recipients is sent, whatever becomes of the others. */
export const whyRefused = Prisma.sql`
  CASE WHEN NOT EXISTS (SELECT 1 FROM accounts a WHERE a.tenant_id = j.tenant AND a.id = j.account)
      AND NOT (j.account IS NULL AND EXISTS (SELECT 1 FROM tenants t WHERE t.id = j.tenant)) THEN 'no_account'
    WHEN m.status = 'sent' OR m.sent_at IS NOT NULL THEN 'already_sent'
    ELSE 'being_sent' END`;
