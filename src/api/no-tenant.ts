// The refusal of a call that names a tenant which does not exist.

import { isPlainName } from '../domain/plain-name.js';
import { Fault } from '../errors.js';

export function noTenant(id: string): Fault {
  return new Fault('not_found', isPlainName(id) ? `Tenant '${id}' not found` : 'Tenant not found');
}
