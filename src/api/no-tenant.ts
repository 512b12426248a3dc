// The refusal of a call that names a tenant which does not exist.
import { Fault } from '../errors.js';

/** The id is repeated only if it could be one, because the caller chooses the text. */
export function noTenant(id: string): Fault {
  return new Fault('not_found', /^[\w-]{1,64}$/.test(id) ? `Tenant '${id}' not found` : 'Tenant not found');
}
