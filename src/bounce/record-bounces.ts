// Records a page of mails that were read from a mailbox, together with how far the mailbox was read: each returned mail is
// matched with its message, whose results, events and suppressed addresses are written in the same transaction.
import { type BouncedRecipient, rankOf } from '../domain/bounce/bounced-recipient.js';
import type { RecordedAs } from '../domain/bounce/mailbox.js';
import type { Needs } from '../queue/context.js';
import { type NewBounce, storeBounces } from '../store/bounces/record.js';
import type { Run } from '../store/db/transaction.js';
import { type Match, matchBounces } from './match/match-bounces.js';
import { codeOf, type MatchedRecipient, returnedKind } from './match/match-recipients.js';
import type { Reading, RecipientReading } from './parse/reading.js';
import type { ReadMail, ReadMailbox } from './read-mail.js';
import { mostDiagnostic, understoodOf } from './understood.js';

/**
 * @param progress runs in the same transaction
 * @returns how each mail was recorded, in the order given, and how many rows `progress` changed
 */
export async function recordBounces(
  ctx: Needs<'db' | 'clock' | 'secrets' | 'metrics' | 'enqueueReport'>,
  mailbox: ReadMailbox,
  read: readonly ReadMail[],
  progress: Run,
): Promise<{ recorded: RecordedAs[]; progressed: number }> {
  const now = ctx.clock.now();
  // A mailbox whose clock is ahead would date events into the future, and one may tell no time at all.
  const mails = read.map((mail) => ({ ...mail, receivedTs: Math.min(mail.receivedTs || now, now) }));
  const matches = await matchBounces(ctx, mailbox, mails);
  const bounces = mails.flatMap((mail, i) => toBounce(mail, matches[i]) ?? []);
  const { recorded, progressed } = await storeBounces(ctx, { mailbox, bounces, progress });
  const tenants = new Map(recorded.map((row) => [`${row.uid_validity} ${row.uid}`, row.tenant_id]));
  for (const tenantId of new Set(tenants.values())) if (tenantId !== null) ctx.enqueueReport(tenantId);
  const kinds = new Map(bounces.map((one) => [`${one.uidValidity} ${one.uid}`, one]));
  return {
    progressed,
    recorded: mails.map(({ uidValidity, uid }) => {
      const key = `${uidValidity} ${uid}`;
      const bounce = kinds.get(key);
      if (bounce === undefined) return 'none';
      const tenantId = tenants.get(key);
      if (tenantId === undefined) return 'seen-before';
      ctx.metrics.bounced(bounce, tenantId !== null);
      return tenantId === null ? 'unmatched' : 'matched';
    }),
  };
}

/** Undefined for a mail that tells nothing of another one. */
export function toBounce({ bounce, ...mail }: ReadMail, match: Match | undefined): NewBounce | undefined {
  const told = bounce === null ? undefined : returnedKind(bounce.kind);
  if (bounce === null || told === undefined) return undefined;
  const strongest = strongestOf(bounce, match);
  const { kind, type, code, reason } = strongest.result ?? { kind: told };
  return {
    uidValidity: mail.uidValidity,
    uid: mail.uid,
    sha256: mail.sha256,
    receivedAt: mail.receivedTs,
    kind,
    rank: rankOf({ kind, type }),
    type,
    code,
    reason,
    description: strongest.reading?.diagnostic?.slice(0, mostDiagnostic),
    understood: understoodOf(bounce),
    match: match && {
      pk: match.message.pk,
      proof: match.proof,
      results: match.recipients.map(toStored),
      metadata: metadataOf(match.recipients, { type, code, reason }),
    },
    suppressions: match === undefined ? [] : suppressionsOf(match),
  };
}

/** What counts for the message: the worst result of its recipients, else the worst that the mail tells. */
function strongestOf(
  { kind, recipients }: Reading,
  match: Match | undefined,
): { result: BouncedRecipient | undefined; reading: RecipientReading | undefined } {
  const told = returnedKind(kind);
  const results: BouncedRecipient[] =
    match !== undefined && match.recipients.length > 0
      ? match.recipients
      : recipients.map((one) => ({
          address: one.address,
          kind: one.action === 'delayed' ? 'delayed' : (told ?? 'bounce'),
          type: one.type,
          code: codeOf(one),
          reason: one.reason,
        }));
  const result = results.reduce<BouncedRecipient | undefined>(
    (best, one) => (best === undefined || rankOf(one) > rankOf(best) ? one : best),
    undefined,
  );
  const reading =
    recipients.find((one) => one.type === result?.type && codeOf(one) === result?.code) ?? recipients[0];
  return { result, reading };
}

function toStored({ address, kind, type, code, reason }: MatchedRecipient): BouncedRecipient {
  return { address, kind, type, code, reason };
}

/** As events and reports tell it. */
function metadataOf(
  recipients: MatchedRecipient[],
  strongest: Partial<BouncedRecipient>,
): Record<string, unknown> {
  const fields = ({ type, code, reason }: Partial<BouncedRecipient>) => ({
    bounce_type: type,
    bounce_code: code,
    bounce_reason: reason,
  });
  return {
    ...fields(strongest),
    ...(recipients.length > 0 && {
      recipients: recipients.map((one) => ({ address: one.address, result: one.kind, ...fields(one) })),
    }),
  };
}

/** Doubt puts no address on the list: neither one that only may be meant, nor a proof that may be guessed. */
function suppressionsOf({ message, isStrong, recipients }: Match): NewBounce['suppressions'] {
  if (!isStrong) return [];
  return recipients.flatMap(({ address, kind, isNamed, addressIsDead }) => {
    const reason =
      kind === 'complaint'
        ? ('complaint' as const)
        : kind === 'bounce' && addressIsDead && ('hard_bounce' as const);
    return reason && isNamed ? [{ pk: message.pk, tenantId: message.tenantId, address, reason }] : [];
  });
}
