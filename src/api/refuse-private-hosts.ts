// Refuses mail servers of an account that a tenant may not have the service dial, as far as it can be told without a look-up.
import { whyPrivate } from '../dial/guard.js';
import type { Owner } from '../domain/owner.js';
import { findKnownHosts } from '../store/accounts/known-hosts.js';
import type { Needs } from './context.js';
import { Misfit } from './middleware/answer-error.js';
import type { Caller } from './middleware/authenticate.js';

/**
 * Names are looked up when they are dialled, where every address is judged again. What stands or the admin has set may stay.
 * @throws Misfit with every field that is refused
 */
export async function refusePrivateHosts(
  ctx: Needs<'db' | 'config'>,
  caller: Caller,
  { tenantId, accountId }: Owner & { accountId: string },
  given: { host?: string | undefined; imap_host?: string | null | undefined },
): Promise<void> {
  if (caller.kind === 'admin') return;
  const faults = (['host', 'imap_host'] as const).flatMap((field) => {
    const host = given[field];
    const why = typeof host === 'string' ? whyPrivate(ctx, host) : undefined;
    return host && why ? [{ field, host, why }] : [];
  });
  if (faults.length === 0) return;
  const known = await findKnownHosts(ctx, tenantId, accountId);
  const refused = faults.filter(({ field, host }) => !known[field].includes(host));
  if (refused.length === 0) return;
  throw new Misfit(
    refused.map(({ field, why }) => ({ loc: ['body', field], msg: why, type: 'value_error' })),
  );
}
