// Puts together what is known of one recipient, and classifies it.
import { classifyRefusal } from '../../domain/bounce/classify-refusal.js';
import { findCodes } from '../../domain/bounce/find-codes.js';
import { tellingStatuses } from '../../domain/bounce/status-reasons.js';
import type { RecipientAction, RecipientReading } from './reading.js';

interface RecipientFacts {
  address: string;
  originalAddress?: string;
  action: RecipientAction;
  /** As a report gives it. */
  status?: string;
  /** The words of the server that refused. */
  diagnostic: string;
  /** Whether a field of a report says `failed`, and not the words of a notice. */
  isReported: boolean;
  /** The words of the notice about this recipient, which count where the diagnostic says nothing. */
  words: string;
}

const mostCharacters = 1000;

export function toRecipientReading(facts: RecipientFacts): RecipientReading {
  const { address, originalAddress, action, words } = facts;
  const inDiagnostic = findCodes(facts.diagnostic);
  const inWords = findCodes(words);
  const code = inDiagnostic.code ?? inWords.code;
  const failed = action === 'failed' || action === 'delayed';
  const status = chooseStatus(facts.status, [inDiagnostic.status, inWords.status], code);
  const diagnostic = (facts.diagnostic || words).slice(0, mostCharacters);
  const known = {
    address,
    ...(originalAddress !== undefined && { originalAddress }),
    action,
    ...(code !== undefined && { code }),
    ...(diagnostic !== '' && { diagnostic }),
  };
  if (!failed) return { ...known, ...(status !== undefined && { status }), addressIsDead: false };
  const ended = facts.isReported ? 'reported' : 'noticed';
  const ask = (text: string) =>
    classifyRefusal({ code, status, text, ended: action === 'failed' ? ended : undefined, around: words });
  const first = ask(facts.diagnostic || words);
  // A diagnostic without a known phrase, as "X-Unix; 71", leaves the reason to the words of the notice.
  const { type, reason, addressIsDead } =
    first.reason === 'other' && words !== '' ? ask(`${facts.diagnostic} ${words}`) : first;
  // RFC 3464 section 2.3.3: whatever its status says, a delay is not final.
  const told = action === 'delayed' ? 'soft' : type;
  return {
    ...known,
    status: status ?? (told === 'hard' ? '5.0.0' : '4.0.0'),
    type: told,
    reason,
    addressIsDead: addressIsDead && told === 'hard',
  };
}

/** The report's own status, unless it is a bare class (`5.0.0`) and a server said more. */
function chooseStatus(
  reported: string | undefined,
  quoted: (string | undefined)[],
  code: number | undefined,
): string | undefined {
  const telling = quoted.find(
    (one) =>
      one !== undefined &&
      one[0] === reported?.[0] &&
      // Relays report "no such user" (X.1.x) where the server refused by policy (X.7.x), which is no fault of the address.
      (one.slice(2) in tellingStatuses || (one[2] === '7' && reported?.[2] === '1')),
  );
  if (telling !== undefined) return telling;
  if (reported !== undefined && !/^\d\.0\.0$/.test(reported)) return reported;
  const more = quoted.find((one) => one !== undefined && (reported === undefined || one[0] === reported[0]));
  if (more !== undefined) return more;
  // A bare 5.0.0 beside a temporary reply leaves doubt, and doubt is never hard.
  if (reported === '5.0.0' && isTemporary(code)) return '4.0.0';
  if (reported !== undefined || code === undefined) return reported;
  return code >= 500 && code < 600 ? '5.0.0' : isTemporary(code) ? '4.0.0' : undefined;
}

function isTemporary(code: number | undefined): boolean {
  return code !== undefined && code >= 400 && code < 500;
}
