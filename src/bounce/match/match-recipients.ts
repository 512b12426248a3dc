// Says which recipients of a message a returned mail is about, and how each fared.
import type { BouncedRecipient, ReturnedKind } from '../../domain/bounce/bounced-recipient.js';
import { canonicalAddress } from '../../domain/canonical-address.js';
import type { Candidate } from '../../store/bounces/find-candidates.js';
import type { Reading, RecipientReading } from '../parse/reading.js';

export interface MatchedRecipient extends BouncedRecipient {
  /** The returned mail names this address, or the signed token does. Otherwise the message has no other recipient. */
  isNamed: boolean;
  addressIsDead: boolean;
}

/**
 * @param ofToken which recipient the mail went to, as the signed token says
 * @returns none where no recipient of the message is named, and it has several
 */
export function matchRecipients(
  { recipients }: Candidate,
  { kind, recipients: readings, returned }: Reading,
  ofToken: number | undefined,
): MatchedRecipient[] {
  const byAddress = new Map(recipients.map((address) => [canonicalAddress(address), address]));
  const named = readings.flatMap((one) => {
    const address = [one.originalAddress, one.address].flatMap(
      (each) => byAddress.get(canonicalAddress(each ?? '')) ?? [],
    )[0];
    return address === undefined ? [] : [toMatched(address, kind, one, true)];
  });
  if (named.length > 0) return named;
  // A mail that was forwarded names an address that we do not know.
  const only = ofToken === undefined ? onlyRecipient(recipients) : recipients[ofToken];
  if (only === undefined) return [];
  const isNamed =
    ofToken !== undefined || returned.to.some((to) => canonicalAddress(to) === canonicalAddress(only));
  const [first] = readings.filter(({ action }) => action === 'failed').concat(readings);
  return [toMatched(only, kind, first, isNamed)];
}

function onlyRecipient(recipients: string[]): string | undefined {
  return recipients.length === 1 ? recipients[0] : undefined;
}

function toMatched(
  address: string,
  kind: Reading['kind'],
  one: RecipientReading | undefined,
  isNamed: boolean,
): MatchedRecipient {
  return {
    address,
    kind: kindOf(kind, one),
    type: one?.type,
    code: codeOf(one),
    reason: one?.reason,
    isNamed,
    addressIsDead: one?.addressIsDead ?? false,
  };
}

/** The SMTP code; the enhanced status code where there is none. */
export function codeOf(one: RecipientReading | undefined): string | undefined {
  return one?.code === undefined ? one?.status : String(one.code);
}

/** A report may tell of several recipients that fared differently. */
function kindOf(kind: Reading['kind'], one: RecipientReading | undefined): ReturnedKind {
  if (kind === 'complaint') return 'complaint';
  if (one?.action === 'failed') return 'bounce';
  if (one?.action === 'delayed') return 'delayed';
  if (one?.action !== undefined) return 'delivered';
  return returnedKind(kind) ?? 'bounce';
}

/** Undefined for a mail that says nothing of what became of another one. */
export function returnedKind(kind: Reading['kind']): ReturnedKind | undefined {
  if (kind === 'bounce' || kind === 'complaint' || kind === 'delivered') return kind;
  return kind === 'delay' ? 'delayed' : undefined;
}
