// Says whether a stored secret may stay while settings change: not when they send it elsewhere.
import { hiddenSecret } from '../../hidden-secret.js';
import type { Destination, SealedSecret } from './sealed-secrets.js';

/** A change that was refused, because it would send a stored secret elsewhere. */
export interface SecretNeeded {
  kind: 'secret_needed';
  /** The field in which the secret has to be given again, as a path. */
  field: string[];
  /** The settings that would send it elsewhere. */
  changed: string[];
}

interface Change {
  /** Whether a secret is stored. */
  isStored: boolean;
  /** As the caller gave it: undefined and `***` keep the stored one. */
  given: string | null | undefined;
  before: Destination;
  after: Destination;
}

/**
 * Undefined when the secret may be kept, replaced or cleared as the caller asks. The decision holds only for the row as it
 * was read, so the caller must write on the condition that the row is unchanged.
 * @param field where the caller gives the secret
 */
export function checkSecret(secret: SealedSecret, field: string[], change: Change): SecretNeeded | undefined {
  const { isStored, given, before, after } = change;
  if (!isStored || (given !== undefined && given !== hiddenSecret)) return undefined;
  const changed = Object.entries(secret.boundTo)
    .filter(([name, isKept]) => !isKept(before[name], after[name]))
    .map(([name]) => name);
  return changed.length === 0 ? undefined : { kind: 'secret_needed', field, changed };
}
