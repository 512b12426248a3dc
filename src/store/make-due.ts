// Makes the time for a look of unsent messages come now, so that the next sweep queues them.
import type { Client } from './db.js';

/** @param only which of them; by default all there are */
export function makeDue(client: Client, only: { tenantId?: string; batchCode?: string } = {}) {
  return client.message.updateMany({
    where: { ...only, checkAt: { not: null }, status: { in: ['pending', 'deferred'] } },
    data: { checkAt: 0 },
  });
}
