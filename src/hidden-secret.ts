// Hides secrets in answers, and prepares submitted secrets for the database.
import type { Needs } from './context.js';
import type { Place } from './secrets.js';

/** Stands for a secret in every answer. A caller that sends it back leaves the secret unchanged. */
export const hiddenSecret = '***' as const;

/** @returns the value of the column: undefined leaves it unchanged, null clears it, as an empty secret does */
export function sealGiven(
  ctx: Needs<'secrets'>,
  given: string | null | undefined,
  place: Place,
): string | null | undefined {
  if (given === hiddenSecret || given === undefined) return undefined;
  return given ? ctx.secrets.seal(given, place) : null;
}
