// Loads the account that an attempt sends through, or says what its absence means for the attempt.
import type { Owner } from '../domain/owner.js';
import { isFault } from '../errors.js';
import { findAccountBatched, type SendingAccount } from '../store/accounts/sending-accounts.js';
import type { ClaimedMessage } from '../store/messages/claim.js';
import type { DeliverNeeds } from './delivery.js';
import type { Outcome } from './judge/judge-reply.js';
import { retryWhileUnavailable } from './retry-while-unavailable.js';

export type LoadedAccount = { account: SendingAccount } | { account: undefined; outcome: Outcome };

/** Waits while the database is unavailable. Any other fault ends the attempt, so that it holds no send slot. */
export async function loadAccount(
  ctx: DeliverNeeds,
  owner: Owner,
  { accountRevision }: ClaimedMessage,
): Promise<LoadedAccount> {
  try {
    const account = await retryWhileUnavailable(ctx, () => findAccountBatched(ctx, owner, accountRevision));
    if (account !== undefined) return { account };
    const error = `The account ${owner.accountId ?? 'of the instance'} no longer exists`;
    return { account, outcome: { kind: 'failed', error } };
  } catch (fault) {
    return { account: undefined, outcome: judgeFault(ctx, owner, fault) };
  }
}

function judgeFault(ctx: DeliverNeeds, { tenantId, accountId }: Owner, fault: unknown): Outcome {
  const names = { tenant: tenantId, account: accountId };
  if (isFault(fault, 'wrong_encryption_key')) {
    const error = fault.message;
    ctx.log.error({ event: 'account.password_undecryptable', ...names }, `Tenant "${tenantId}": ${error}`);
    return { kind: 'account_refused', until: 'changed', at: 'session', error, countsAsAttempt: false };
  }
  const error = `The account "${accountId}" could not be read`;
  ctx.log.error({ event: 'account.unreadable', ...names, err: fault }, `Tenant "${tenantId}": ${error}`);
  return { kind: 'deferred', error };
}
