// What a statement asks of a row of `messages` before it begins an attempt.
import { Prisma } from '../generated/sqlite/client.js';

/** Stands for all batches. */
export const allBatches = '*';

/** Nothing that the message belongs to is stopped. */
export const notSuspended = Prisma.sql`
  NOT EXISTS (SELECT 1 FROM instance i WHERE i.active = false)
  AND NOT EXISTS (SELECT 1 FROM suspensions s
    WHERE s.tenant_id = messages.tenant_id AND (s.batch_code = ${allBatches} OR s.batch_code = messages.batch_code))`;
