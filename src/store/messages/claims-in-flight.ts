// Knows the messages whose attempts this process has begun and not ended. A claim that the database shows as this
// process's and that is missing here was lost on the way (release-dead-claims.ts).
import type { Needs } from '../context.js';
import { perDatabase } from '../db/per-database.js';

/** By pk, how many jobs of this process are at work on the message: two jobs may be after one message. */
const jobsOf = perDatabase(() => new Map<string, number>());

/** Called before the claim, so that no claim is ever taken for lost. */
export function beginInFlight(ctx: Needs<'db'>, pk: string): void {
  const jobs = jobsOf(ctx);
  jobs.set(pk, (jobs.get(pk) ?? 0) + 1);
}

export function endInFlight(ctx: Needs<'db'>, pk: string): void {
  const jobs = jobsOf(ctx);
  const left = (jobs.get(pk) ?? 0) - 1;
  if (left > 0) jobs.set(pk, left);
  else jobs.delete(pk);
}

export function isInFlight(ctx: Needs<'db'>, pk: string): boolean {
  return jobsOf(ctx).has(pk);
}
