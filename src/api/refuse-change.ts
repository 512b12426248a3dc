// Answers changes of settings that the store refused.
import { overQuota } from '../domain/quota.js';
import { Fault } from '../errors.js';
import type { LimitsLifted } from '../store/accounts/admin-limits.js';
import type { SecretNeeded } from '../store/secrets/keep-secret.js';
import type { OverQuota } from '../store/tenants/quotas.js';
import { Misfit } from './middleware/answer-error.js';

/**
 * @param prefix what the fields are called in the body before their names in the store
 * @throws Misfit, Fault `forbidden` for a change that was refused
 */
export function refuseChange(
  change: { kind: string } | SecretNeeded | LimitsLifted | OverQuota,
  prefix = '',
): void {
  if (isSecretNeeded(change)) throw secretNeeded(change, prefix);
  if (isOverQuota(change)) throw new Fault('forbidden', overQuota(change.quota, change.limit));
  if (isLimitsLifted(change)) {
    const most = Object.entries(change.most).map(([field, limit]) => `${field} may be ${limit} at most`);
    throw new Fault('forbidden', `${most.join(', ')}, because the admin set it`);
  }
}

function secretNeeded({ field, changed }: SecretNeeded, prefix: string): Misfit {
  const names = changed.map((name) => `${prefix}${name}`).join(', ');
  const msg = `has to be given again, or cleared with null, because a change of ${names} sends it elsewhere`;
  const [first = '', ...rest] = field;
  return new Misfit([{ loc: ['body', `${prefix}${first}`, ...rest], msg, type: 'value_error' }]);
}

function isSecretNeeded(change: { kind: string }): change is SecretNeeded {
  return change.kind === 'secret_needed';
}

function isLimitsLifted(change: { kind: string }): change is LimitsLifted {
  return change.kind === 'limits_lifted';
}

function isOverQuota(change: { kind: string }): change is OverQuota {
  return change.kind === 'over_quota';
}
