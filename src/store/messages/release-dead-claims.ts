// Ends the attempts of processes that died, and decides for each whether the mail may have been sent.
import { inDoubt } from '../../domain/in-doubt.js';
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { forUpdateOf, listOf, onPostgres, text } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';
import { appendEvents } from '../events/append.js';
import { endSlotsOf } from '../limits/send-log.js';
import { releaseUnsent } from '../schedule/release-unsent.js';
import { isInFlight } from './claims-in-flight.js';
import { nextTry } from './record-results.js';
import { finalStatus, withSettled } from './settle-recipients.js';
import { markLost } from './transitions.js';

const lostProcess = 'in doubt: the process ended during the attempt, so it is made again';
const neverSent = 'the process ended during each attempt, before anything of the message had left';

/** The setting `on_in_doubt` of the account of a row `m` of messages. */
const wish = sql`COALESCE((SELECT a.on_in_doubt FROM accounts a
  WHERE a.tenant_id = m.tenant_id AND a.id = m.account_id), 'resend')`;

/** The attempt at a row `m` began before its account was last changed: perhaps under `resend`, which leaves no mark. */
const beganBeforeChange = sql`EXISTS (SELECT 1 FROM accounts a
  WHERE a.tenant_id = m.tenant_id AND a.id = m.account_id AND m.updated_at <= a.updated_at)`;

type ReleaseNeeds = Needs<'db' | 'clock' | 'config' | 'sendClock'>;

/**
 * Ends the attempts of dead processes. Where the account holds messages in doubt, the journal decides: a message whose
 * body was handed over, or may have been before the account was changed, ends as error `in_doubt`, and any other is sent
 * at once. Elsewhere every attempt that was begun counts as in doubt: it is made again after the grace time, with the same
 * Message-ID. Both are done as often as a message is tried again, because the message may be what ends the process.
 * @returns how many attempts
 */
export async function releaseClaims(ctx: ReleaseNeeds, deadProcesses: string[]): Promise<number> {
  if (deadProcesses.length === 0) return 0;
  const { maxRetries, inDoubtGraceSeconds } = ctx.config;
  const now = ctx.clock.now();
  const dueAt = now + inDoubtGraceSeconds * 1000;
  const held = sql`${wish} = 'hold' AND (COALESCE(m.handed_over_attempt, 0) = m.attempts OR ${beganBeforeChange})`;
  const isLast = sql`m.retry_count >= ${maxRetries}`;
  const again = sql`${wish} <> 'hold' AND NOT ${isLast}`;
  const over = sql`((${held}) OR ${isLast})`;
  const isUnsent = sql`${wish} = 'hold' AND NOT (${held})`;
  const error = sql`CASE WHEN ${isUnsent} THEN ${text(neverSent)} ELSE ${text(inDoubt)} END`;
  const { set, from } = markLost({ over, again, dueAt, reason: lostProcess, error }, now);
  const theirs = sql`m.next_sweep_at IS NOT NULL AND ${from} AND m.claimed_by IN ${listOf(deadProcesses)}`;
  const doubt = sql`CASE WHEN ${isUnsent} THEN '{}' ELSE ${text(JSON.stringify({ in_doubt: true }))} END`;
  const ofOver = withSettled(doubt, error);
  const ofAgain = JSON.stringify({ ...nextTry(dueAt), in_doubt: true });
  const { released } = await ctx.db.transaction({
    ...endSlotsOf(deadProcesses, ctx.sendClock()),
    // So that the events and the update are about the same rows.
    locked: run(onPostgres(sql`SELECT m.pk FROM messages m WHERE ${theirs} ${forUpdateOf('m')}`)),
    events: appendEvents({
      type: sql`CASE WHEN ${again} THEN 'deferred' ELSE ${finalStatus} END`,
      at: sql`${now}`,
      description: sql`CASE WHEN ${again} THEN ${lostProcess} ELSE ${error} END`,
      metadata: sql`CASE WHEN ${again} THEN ${ofAgain} ELSE ${ofOver} END`,
      from: sql`messages m WHERE ${theirs} AND (${over} OR (${again}))`,
    }),
    released: run(sql`UPDATE messages AS m SET ${set} WHERE ${theirs}`),
    forgotten: run(sql`DELETE FROM processes WHERE id IN ${listOf(deadProcesses)}`),
  });
  return released;
}

/**
 * Releases messages that this process has claimed without knowing it: the database made the claim, but its answer was
 * lost. Nothing was sent, so the slots of these attempts are free again. An attempt is released only as it was read,
 * because it may end meanwhile and the next one begin.
 * @returns how many attempts
 */
export async function releaseLostClaims(ctx: Needs<'db' | 'clock' | 'processId'>): Promise<number> {
  const claimed = await ctx.db.query(
    rows<{ pk: string; attempts: number }>(sql`SELECT pk, attempts FROM messages
      WHERE next_sweep_at <= ${ctx.clock.now()} AND status = 'sending' AND claimed_by = ${ctx.processId}`),
  );
  const lost = claimed.filter(({ pk }) => !isInFlight(ctx, pk));
  if (lost.length === 0) return 0;
  return releaseUnsent(ctx, lost);
}
