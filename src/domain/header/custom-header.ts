// Writes a header that a caller gave by name: ASCII as it was given, everything else by the grammar of that header.
import { isAsciiText } from './addresses.js';
import { encodeText } from './encode-words.js';
import { fold } from './fold.js';
import { encodeComments, encodeParameters, encodeStructured } from './structured.js';

type Written = { kind: 'written'; lines: string } | { kind: 'unfit'; reason: string };

/** Addresses, names and links with comments: RFC 5322, RFC 2369 (List-*), RFC 2919 (List-Id), RFC 8098 (receipts). */
const structured =
  /^(?!in-reply-to$)(.*-to|list-.*|resent-(from|sender|cc|bcc)|return-path|sender|keywords|original-recipient|archived-at|received)$/i;
/** Tokens, and what is signed or counted by machines. Only their comments may hold encoded-words (RFC 2047 section 5). */
const ofTokens =
  /^(authentication-results|arc-.*|dkim-signature|domainkey-signature|received|received-spf|content-language|accept-language|auto-submitted|precedence|priority|importance|sensitivity|(x-)?priority|x-msmail-priority|list-unsubscribe-post|mt-priority|tls-required|autocrypt|message-context|disposition-notification-options|require-recipient-valid-since)$/i;
const messageIds = /^(references|in-reply-to|supersedes|resent-message-id|original-message-id)$/i;
const dates = /^(resent-date|expires|expiry-date|reply-by|deferred-delivery|delivery-date)$/i;

/** @returns the lines of the header, or why it cannot be sent */
export function customHeader(name: string, given: string): Written {
  const value = given.replace(/^[ \t]+|[ \t]+$/g, '');
  if (isAsciiText(value)) {
    const lines = fold(name, value);
    if (lines !== undefined) return { kind: 'written', lines };
  }
  const encoded = encode(name, value);
  if (typeof encoded !== 'string') return encoded;
  const lines = fold(name, encoded);
  if (lines !== undefined) return { kind: 'written', lines };
  return { kind: 'unfit', reason: 'has a word too long for a line of 998 characters' };
}

function encode(name: string, value: string): string | Written {
  const unfit = (reason: string): Written => ({ kind: 'unfit', reason });
  const json = spacedJson(value);
  if (json !== undefined) return json;
  if (ofTokens.test(name)) return encodeComments(value) ?? unfit('may hold ASCII only, except in comments');
  const isStructured = structured.test(name);
  if (!isStructured && !messageIds.test(name) && !dates.test(name)) {
    return encodeParameters(value) ?? encodeText(value);
  }
  if (/[^\t -~\u00a0-\u{10ffff}]/u.test(value)) return unfit('contains a control character');
  if (isAsciiText(value)) return value;
  if (messageIds.test(name)) return unfit('has a message id that is not ASCII');
  if (dates.test(name)) return unfit('is not a date');
  const written = encodeParameters(value) ?? encodeStructured(value);
  // Of a header without a standard it is only a guess that it holds addresses.
  if (written === undefined && /^x-/i.test(name)) return encodeText(value);
  return written ?? unfit('has an address or another part that must be ASCII');
}

/**
 * JSON, as X-SMTPAPI and others have it, stays JSON: characters beyond ASCII are escaped, and white space goes between
 * its parts, where lines can be folded. Undefined for what is not JSON.
 */
function spacedJson(value: string): string | undefined {
  if (!/^[{[][\s\S]*[}\]]$/.test(value)) return undefined;
  try {
    JSON.parse(value);
  } catch {
    return undefined;
  }
  const escaped = value.replace(
    /[^\t -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return escaped.length <= 900
    ? escaped
    : escaped.replace(/"(?:[^"\\]|\\.)*"|,(?! )/g, (part) => (part === ',' ? ', ' : part));
}
