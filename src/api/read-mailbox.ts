// Has a mailbox for bounces read at once when a call has changed its settings.
import { mailboxIdOf } from '../domain/bounce/mailbox.js';
import type { Owner } from '../domain/owner.js';
import { readMailboxNow } from '../queue/mailbox-jobs.js';
import { tellRedis } from './ask-redis.js';
import type { Needs } from './context.js';

/**
 * Sessions of every process see changed settings by themselves. The job begins one where there is none.
 * @param settings of the account, as the call gave them
 */
export async function readMailboxOf(
  ctx: Needs<'queues' | 'redis' | 'clock' | 'log'>,
  { tenantId, accountId }: Owner,
  settings: object,
): Promise<void> {
  if (accountId === null || !Object.keys(settings).some((name) => name.startsWith('imap_'))) return;
  await tellRedis(ctx, () => readMailboxNow(ctx, mailboxIdOf(tenantId, accountId)));
}
