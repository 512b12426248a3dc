// What stands for a secret in answers, and what becomes of a secret that is handed in.
import type { Needs } from './context.js';

/** Stands for a secret in every answer; sent back, it leaves the secret as it is. */
export const hiddenSecret = '***' as const;

/** For the column: undefined leaves it alone, null clears it. An empty secret is none. */
export function sealGiven(
  ctx: Needs<'secrets'>,
  given: string | null | undefined,
): string | null | undefined {
  if (given === hiddenSecret || given === undefined) return undefined;
  return given ? ctx.secrets.seal(given) : null;
}
