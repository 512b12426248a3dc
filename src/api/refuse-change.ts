// Answers changes of settings that the store refused.
import { Fault } from '../errors.js';
import type { LimitsLifted } from '../store/accounts/admin-limits.js';
import type { SecretNeeded } from '../store/secrets/keep-secret.js';
import { Misfit } from './middleware/answer-error.js';

/**
 * @param prefix what the fields are called in the body before their names in the store
 * @throws Misfit, Fault `forbidden` for a change that was refused
 */
export function refuseChange(change: { kind: string } | SecretNeeded | LimitsLifted, prefix = ''): void {
  if (isSecretNeeded(change)) throw secretNeeded(change, prefix);
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
