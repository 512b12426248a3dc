// Matches mails that came back before their message was known by their ids: a provider's bounce may be faster than the record
// of its reply.
import type { Needs } from '../queue/context.js';
import { findUnmatched } from '../store/bounces/find-unmatched.js';
import { storeBounces } from '../store/bounces/record.js';
import { matchByIds } from './match/match-bounces.js';
import type { ReadMail, ReadMailbox } from './read-mail.js';
import { toBounce } from './record-bounces.js';
import { readingOf } from './understood.js';

/** How long the record of a reply may take: the database may be away, or the process die and the attempt be made again. */
const longestMs = 3_600_000;

/** Looks at the mails of a mailbox that have matched nothing so far. */
export async function matchLate(
  ctx: Needs<'db' | 'clock' | 'secrets' | 'metrics' | 'enqueueReport'>,
  mailbox: ReadMailbox,
): Promise<void> {
  const since = ctx.clock.now() - longestMs;
  const mails = (await findUnmatched(ctx, mailbox.id, since)).map(
    ({ understood, ...mail }): ReadMail => ({ ...mail, deliveredTo: [], bounce: readingOf(understood) }),
  );
  const matches = await matchByIds(ctx, mailbox, mails);
  const bounces = mails.flatMap((mail, i) => (matches[i] && toBounce(mail, matches[i])) ?? []);
  if (bounces.length === 0) return;
  const { recorded } = await storeBounces(ctx, { mailbox, bounces, areKnown: true });
  for (const tenantId of new Set(recorded.map((row) => row.tenant_id)))
    if (tenantId !== null) ctx.enqueueReport(tenantId);
}
