// What a returned mail names that may lead to one of our messages.
import { formsOfMailId } from '../../domain/bounce/provider-mail-id.js';
import type { VerpClaim } from '../../domain/bounce/verp-token.js';
import type { Needs } from '../../store/context.js';
import { unwrapSender } from '../parse/unwrap-envelope.js';
import type { ReadMail } from '../read-mail.js';

export interface Clues {
  /** Signed by this installation. */
  claims: VerpClaim[];
  /** Message-IDs without angle brackets. */
  messageIds: string[];
  /** The keys of messages that stand in those. */
  pks: string[];
  /** `X-Genro-Mail-ID`. */
  mailId: string | undefined;
}

/** The left side of a Message-ID that this service made: the message's key, a ULID. */
const ownMessageId = /^([0-9a-hjkmnp-tv-z]{26})@/i;

/** Reads the envelope sender wherever the mail has it, without BATV and SRS. */
export function findClues({ secrets }: Needs<'secrets'>, { bounce, deliveredTo }: ReadMail): Clues {
  if (bounce === null) return { claims: [], messageIds: [], pks: [], mailId: undefined };
  const { returned, envelope } = bounce;
  const senders = new Set([
    ...deliveredTo.map(unwrapSender),
    ...envelope.map(({ unwrapped }) => unwrapped),
    ...(returned.envelopeSender === undefined ? [] : [returned.envelopeSender]),
  ]);
  const claims = [...senders].flatMap((address) => secrets.readVerpToken(address) ?? []);
  const messageIds = returned.messageIds.flatMap(formsOfMailId);
  const pks = [
    ...claims.map(({ pk }) => pk),
    ...messageIds.flatMap((id) => ownMessageId.exec(id)?.[1]?.toUpperCase() ?? []),
  ];
  return { claims, messageIds, pks, mailId: returned.genroMailId };
}
