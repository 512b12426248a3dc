// Takes attempts back from processes that died over them, and says of each whether it may have been sent.
import type { Needs } from '../context.js';
import { rowsOf } from '../db/old-sql.js';
import type { Client } from '../db/open.js';
import { Prisma } from '../generated/sqlite/client.js';
import { attemptName, endSlotsOf } from '../limits/send-log.js';
import type { Batched } from './batched.js';
import { finalStatus, settledRecipients, withEnded } from './settle-recipients.js';
import { nextTry } from './transitions.js';

/** What a message that is held because nobody knows whether it was sent ends with. */
export const inDoubt = 'in_doubt';

const lostProcess = 'in doubt: the process ended during the attempt, so it is made again';

/** What the account of a row `m` of messages wants done with what may have been sent. */
const wish = Prisma.sql`COALESCE((SELECT a.on_in_doubt FROM accounts a
  WHERE a.tenant_id = m.tenant_id AND a.id = m.account_id), 'resend')`;

/** The attempt at a row `m` began before its account was last changed: perhaps under `resend`, which leaves no mark. */
const beforeChange = Prisma.sql`EXISTS (SELECT 1 FROM accounts a
  WHERE a.tenant_id = m.tenant_id AND a.id = m.account_id AND m.updated_at <= a.updated_at)`;

type ReleaseNeeds = Needs<'db' | 'clock' | 'config' | 'sendClock'>;

/**
 * Ends the attempts of dead processes. Where the account holds what is in doubt, the journal tells: what was handed over,
 * or may have been before the account was changed, ends as error `in_doubt`, the rest is sent at once. Elsewhere every
 * attempt that was begun counts as in doubt: it is made again after the grace time, with the same Message-ID, as often as
 * a message is tried again.
 * @returns how many
 */
export async function releaseClaims(ctx: ReleaseNeeds, deadProcesses: string[]): Promise<number> {
  if (deadProcesses.length === 0) return 0;
  const now = ctx.clock.now();
  const dueAt = now + ctx.config.inDoubtGraceSeconds * 1000;
  const held = Prisma.sql`${wish} = 'hold' AND (m.handed_over_attempt = m.attempts OR ${beforeChange})`;
  const givenUp = Prisma.sql`${wish} <> 'hold' AND m.retry_count >= ${ctx.config.maxRetries}`;
  const again = Prisma.sql`${wish} <> 'hold' AND m.retry_count < ${ctx.config.maxRetries}`;
  const over = Prisma.sql`((${held}) OR (${givenUp}))`;
  const theirs = Prisma.sql`m.next_sweep_at IS NOT NULL AND m.status = 'sending'
    AND m.claimed_by IN (${Prisma.join(deadProcesses)})`;
  const error = Prisma.sql`CAST(${inDoubt} AS TEXT)`;
  const metadata = Prisma.sql`CAST(${JSON.stringify({ in_doubt: true })} AS TEXT)`;
  const deferred = JSON.stringify({ ...nextTry(dueAt), in_doubt: true });
  const results = await ctx.db.write<unknown[]>((client) => [
    ...endSlotsOf(ctx, client, deadProcesses, ctx.sendClock()),
    ...lockRows(ctx, client, theirs),
    client.$executeRaw`
      INSERT INTO events (tenant_id, message_pk, message_id, type, at, description, metadata)
      SELECT m.tenant_id, m.pk, m.id, CASE WHEN ${again} THEN 'deferred' ELSE ${finalStatus} END,
        CAST(${now} AS BIGINT), CASE WHEN ${again} THEN ${lostProcess} ELSE ${inDoubt} END,
        CASE WHEN ${again} THEN ${deferred} ELSE ${withEnded(ctx.db.kind, metadata, error)} END
      FROM messages m WHERE ${theirs} AND (${over} OR (${again}))`,
    client.$executeRaw`
      UPDATE messages AS m
      SET status = CASE WHEN ${over} THEN ${finalStatus} WHEN ${again} THEN 'deferred' ELSE 'pending' END,
        error = CASE WHEN ${over} AND m.sent_at IS NULL THEN ${inDoubt} WHEN ${again} THEN ${lostProcess} END,
        error_at = CASE WHEN ${over} AND m.sent_at IS NULL THEN CAST(${now} AS BIGINT) END,
        recipients = CASE WHEN ${over} THEN ${settledRecipients(ctx.db.kind, error)} ELSE m.recipients END,
        due_at = CASE WHEN ${again} THEN CAST(${dueAt} AS BIGINT) ELSE m.due_at END,
        next_sweep_at = CASE WHEN ${over} THEN NULL ELSE CAST(${now} AS BIGINT) END,
        retry_count = m.retry_count + CASE WHEN ${again} THEN 1 ELSE 0 END,
        claimed_by = NULL, updated_at = CAST(${now} AS BIGINT)
      WHERE ${theirs}`,
    client.process.deleteMany({ where: { id: { in: deadProcesses } } }),
  ]);
  return results.at(-2) as number;
}

/** So that the events and the update speak of the same rows. */
function lockRows(ctx: Needs<'db'>, client: Client, which: Prisma.Sql) {
  if (ctx.db.kind === 'sqlite') return [];
  return [client.$queryRaw`SELECT m.pk FROM messages m WHERE ${which} FOR UPDATE`];
}

/**
 * Makes sendable again what this process has claimed without knowing it: the database took the claim, but its answer
 * was lost on the way. Nothing of it was sent, so its slots are free again. Only attempts as they were read: meanwhile one
 * may end, and the next begin.
 */
export async function releaseLostClaims(
  ctx: Needs<'db' | 'clock' | 'processId'> & { batched: Pick<Batched, 'isInFlight'> },
): Promise<number> {
  const now = ctx.clock.now();
  const claimed = await ctx.db.read.$queryRaw<{ pk: string; attempts: number }[]>`
    SELECT pk, attempts FROM messages
    WHERE next_sweep_at <= CAST(${now} AS BIGINT) AND status = 'sending' AND claimed_by = ${ctx.processId}`;
  const lost = claimed.filter(({ pk }) => !ctx.batched.isInFlight(pk));
  if (lost.length === 0) return 0;
  const rows = rowsOf(
    ctx.db.kind,
    { k: 'text', attempt: 'bigint', slot: 'text' },
    lost.map(({ pk, attempts }) => ({ k: pk, attempt: attempts, slot: attemptName(pk, attempts) })),
  );
  const ours = Prisma.sql`m.pk = j.k AND m.attempts = j.attempt AND m.status = 'sending'
    AND m.claimed_by = ${ctx.processId}`;
  const [, released] = await ctx.db.write<[number, number]>((client) => [
    client.$executeRaw`DELETE FROM send_slots
      WHERE attempt IN (SELECT j.slot FROM ${rows} JOIN messages m ON ${ours})`,
    client.$executeRaw`UPDATE messages AS m SET status = 'pending', claimed_by = NULL FROM ${rows} WHERE ${ours}`,
  ]);
  return released;
}
