// Finds the message that each returned mail is about, by proof; a mail that proves nothing matches none.
import {
  type Candidate,
  findByMailId,
  findByPk,
  findByTenantsId,
} from '../../store/bounces/find-candidates.js';
import type { Proof } from '../../store/bounces/record.js';
import type { Needs } from '../../store/context.js';
import type { Reading } from '../parse/reading.js';
import type { ReadMail, ReadMailbox } from '../read-mail.js';
import { type Clues, findClues } from './clues.js';
import { type MatchedRecipient, matchRecipients } from './match-recipients.js';

export interface Match {
  message: Candidate;
  proof: Proof;
  /** Whether only this installation, or who has seen the mail, can have made the proof. An id that a tenant gave may be guessed. */
  isStrong: boolean;
  recipients: MatchedRecipient[];
}

/** A bounce may come days after the mail. Later ones are no proof without a signature. */
const longestMs = 30 * 86_400_000;
/** How far the clock of a mailbox may be behind. */
const skewMs = 86_400_000;
/** More mails are not kept for a message, so that a flood of them stays a flood of unmatched ones. */
const mostBounces = 100;

/** @returns a match for each mail, in their order */
export async function matchBounces(
  ctx: Needs<'db' | 'secrets'>,
  mailbox: ReadMailbox,
  mails: readonly ReadMail[],
): Promise<(Match | undefined)[]> {
  const clues = mails.map((mail) => findClues(ctx, mail));
  const each = <T>(of: (one: Clues) => T[]) => [...new Set(clues.flatMap(of))];
  const byPk = await findByPk(
    ctx,
    each(({ pks }) => pks),
  );
  const byMailId = await findByMailId(
    ctx,
    each(({ messageIds }) => messageIds),
  );
  const first = mails.map((mail, i) => matchByProof(mailbox, mail, clues[i], byPk, byMailId));
  // The ids of tenants are looked up only where nothing better was found.
  const left = clues.flatMap(({ mailId }, i) => (first[i] === undefined && mailId ? [mailId] : []));
  const byId = await findByTenantsId(ctx, mailbox.tenantId, [...new Set(left)]);
  return mails.map((mail, i) => first[i] ?? matchById(mailbox, mail, clues[i], byId));
}

/** By ids that are recorded only when a mail has left, which a bounce may come before. @returns a match for each mail */
export async function matchByIds(
  ctx: Needs<'db' | 'secrets'>,
  mailbox: ReadMailbox,
  mails: readonly ReadMail[],
): Promise<(Match | undefined)[]> {
  const clues = mails.map((mail) => findClues(ctx, mail));
  const byMailId = await findByMailId(ctx, [...new Set(clues.flatMap(({ messageIds }) => messageIds))]);
  return mails.map((mail, i) => matchByProof(mailbox, mail, clues[i], [], byMailId));
}

function matchByProof(
  mailbox: ReadMailbox,
  { bounce, receivedTs }: ReadMail,
  clues: Clues | undefined,
  byPk: Candidate[],
  byMailId: Candidate[],
): Match | undefined {
  if (bounce === null || clues === undefined) return undefined;
  for (const { pk, recipient } of clues.claims) {
    const message = byPk.find((one) => one.pk === pk && mayBeMeant(mailbox, one));
    if (message === undefined) continue;
    return {
      message,
      proof: 'verp',
      isStrong: true,
      recipients: matchRecipients(message, bounce, recipient),
    };
  }
  const own = byPk.filter(({ pk }) => clues.pks.includes(pk));
  const given = byMailId.filter(({ key }) => clues.messageIds.includes(key));
  const meant = [...own, ...given].filter((one) => mayBeMeant(mailbox, one) && isInTime(one, receivedTs));
  const found = firstWithRecipient(mailbox, meant, bounce);
  if (found === undefined) return undefined;
  return { ...found, proof: own.includes(found.message) ? 'message_id' : 'provider_id', isStrong: true };
}

function matchById(
  mailbox: ReadMailbox,
  { bounce, receivedTs }: ReadMail,
  clues: Clues | undefined,
  byId: Candidate[],
): Match | undefined {
  if (bounce === null || clues?.mailId === undefined) return undefined;
  const meant = byId.filter(
    (one) => one.key === clues.mailId && mayBeMeant(mailbox, one) && isInTime(one, receivedTs),
  );
  const found = firstWithRecipient(mailbox, meant, bounce);
  // Two tenants may have sent a mail of the same id to the same address.
  const isAmbiguous = new Set(meant.map(({ tenantId }) => tenantId)).size > 1 && found !== undefined;
  if (found === undefined || (isAmbiguous && countFitting(mailbox, meant, bounce) > 1)) return undefined;
  return { ...found, proof: 'mail_id', isStrong: mailbox.tenantId !== null };
}

function countFitting(mailbox: ReadMailbox, meant: Candidate[], bounce: Reading): number {
  return meant.filter((one) => firstWithRecipient(mailbox, [one], bounce) !== undefined).length;
}

/** Who forges these proofs has to know a recipient too, unless the mailbox is the tenant's own. */
function firstWithRecipient(
  mailbox: ReadMailbox,
  meant: Candidate[],
  bounce: Reading,
): Pick<Match, 'message' | 'recipients'> | undefined {
  for (const message of meant) {
    const recipients = matchRecipients(message, bounce, undefined);
    if (mailbox.tenantId !== null || recipients.some(({ isNamed }) => isNamed))
      return { message, recipients };
  }
  return undefined;
}

/** A mailbox of a tenant tells of its own messages alone, and nothing comes back of a message that never left. */
function mayBeMeant({ tenantId }: ReadMailbox, message: Candidate): boolean {
  if (tenantId !== null && message.tenantId !== tenantId) return false;
  const most = mostBounces + 2 * message.recipients.length;
  return message.firstAttemptAt !== undefined && message.bounces < most;
}

function isInTime({ firstAttemptAt, lastAt }: Candidate, receivedAt: number): boolean {
  if (firstAttemptAt === undefined) return false;
  return receivedAt >= firstAttemptAt - skewMs && receivedAt <= lastAt + longestMs;
}
