// How each recipient of a message fared, as a client is shown it.
import type { MessageHead, RecipientResult } from '../message.js';
import type { Message } from './generated/sqlite/client.js';

/** What is stored of them, or, where they all fared as the message did, that; undefined while nothing has been tried. */
export function showRecipients(row: Message, head: MessageHead | undefined): RecipientResult[] | undefined {
  if (row.recipients !== null) return JSON.parse(row.recipients) as RecipientResult[];
  const status = row.status === 'sent' || row.status === 'error' ? row.status : undefined;
  if (status === undefined || head === undefined) return undefined;
  const code = row.smtpCode === null ? {} : { smtp_code: row.smtpCode };
  const error = row.error === null ? {} : { error: row.error };
  const all = [...head.to, ...(head.cc ?? []), ...(head.bcc ?? [])].map(({ address }) => address);
  return [...new Set(all)].map((address) => ({ address, status, ...code, ...error }));
}
