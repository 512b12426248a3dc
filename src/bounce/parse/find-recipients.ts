// Finds in a notice for people who did not get the mail, and the words about each of them.
import {
  addressesIn,
  isOfMailSystem,
  isRoutable,
  isSameAddress,
  leadingAddress,
  tidyAddress,
} from './addresses.js';

interface NoticedRecipient {
  address: string;
  /** From the line that names the recipient to the next recipient; one line, bounded. */
  words: string;
}

export interface Noticed {
  recipients: NoticedRecipient[];
  /** The notice puts them where servers put failed recipients, and does not just mention them. */
  isCertain: boolean;
}

/** Lines about one recipient. Transcripts of sessions are the longest. */
const mostLines = 14;
const mostCharacters = 1500;
const mostRecipients = 200;

/** Signs and words that may stand before an address at the beginning of a line. */
const lead =
  /^(?:[\s>*•·|"'-]|&gt;|\d{3}[ -](?:\d\.\d{1,3}\.\d{1,3} )?|(?:final-|original-)?recipients?(?: address)?:|(?:failed )?(?:rcpt to|recipient|address|user|unknown user|empfänger|destinataire|destinatario|destinatário|ontvanger|получатель|受信者|収件者|宛先|收件人)s?\s?[:：])*\s*/i;
/** Words before an address in the middle of a line, which say that the mail was meant for it. */
const meantFor =
  /(?:rcpt to|(?:^|[\s(])(?:to|for|an|à|pour|para|a|per|aan|naar|для)\b|recipients?|address(?:ed to)?|users?|attempts|mailbox|reach|empfänger|destinataire|destinatári[oa]|destinatari[oa]|ontvanger|адрес\S*|получател\S+|адресат\S*|宛先|受信者|收件人|收件者|地址)[^@]{0,40}$/i;
/** Words before the address of the sender, or of a contact for help. */
const notMeant =
  /(?:mail from|return-path|\bfrom|sender|reply-to|\bvia|\bby|contact|write to|forward(?:ed)? (?:it |this )?to|assistance|help|questions?|message-id:|expanded from|envelope-from|f=)\s?[^@]{0,20}$/i;
const ofHeader =
  /^\s*(?:from|sender|reply-to|return-path|cc|message-id|x-[\w-]+|received|references|in-reply-to|de|von|da|от|差出人|发件人)\s?[:：]/i;

/** @param senders the addresses of the sender and of the mail system, which a notice mentions too */
export function findRecipients(lines: string[], senders: string[]): Noticed {
  const isSender = (one: string) =>
    isOfMailSystem(one) || senders.some((sender) => isSameAddress(sender, one));
  /** Candidates by how plainly their line names a failed recipient. The sender, who may have written to himself, comes last. */
  const tiers: { address: string; line: number }[][] = [[], [], [], []];
  for (const [line, text] of lines.entries()) {
    if (!text.includes('@') || ofHeader.test(text)) continue;
    for (const { address, tier } of addressesOfLine(text)) {
      const found = tiers[isSender(address) ? (tier === 0 ? 3 : -1) : tier];
      if (found === undefined || found.length >= mostRecipients || !isRoutable(address)) continue;
      if (!found.some((one) => isSameAddress(one.address, address))) found.push({ address, line });
    }
  }
  const tier = tiers.findIndex((found) => found.length > 0);
  const found = tiers[tier] ?? [];
  const recipients = found.map(({ address, line }) => {
    const next = found.find((one) => one.line > line)?.line ?? lines.length;
    const isWhole = replyBeforeAddress.test(lines[line] ?? '');
    const end = isWhole ? endOfReply(lines, line) : Math.min(next, line + mostLines);
    return { address, words: wordsOf(lines.slice(line, end)) };
  });
  return { recipients, isCertain: tier !== 2 };
}

/** As in `550 <ann@example.org>... User unknown`, where all is said in one line and its continuation. */
const replyBeforeAddress = /^\d{3}[ -](?:\d\.\d{1,3}\.\d{1,3} )?</;

function endOfReply(lines: string[], from: number): number {
  let end = from + 1;
  while (end < lines.length && /^\s+\S/.test(lines[end] ?? '')) end++;
  return end;
}

function addressesOfLine(text: string): { address: string; tier: number }[] {
  const begin = lead.exec(text)?.[0].length ?? 0;
  const first = leadingAddress.exec(text.slice(begin));
  if (first) return [{ address: tidyAddress(first[1] ?? first[2] ?? ''), tier: 0 }];
  return addressesIn(text).flatMap((address) => {
    const before = text.slice(0, text.indexOf(address)).replace(/[<"'([]+$/, '');
    if (notMeant.test(before)) return [];
    return [{ address, tier: meantFor.test(before) ? 1 : 2 }];
  });
}

/** One line of the words in several; bounded. */
export function wordsOf(lines: string[]): string {
  return lines.join(' ').replace(/\s+/g, ' ').trim().slice(0, mostCharacters);
}
