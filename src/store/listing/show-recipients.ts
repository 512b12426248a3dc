// How each recipient of a message fared, as a client is shown it.
import type { MessageHead, RecipientResult } from '../../domain/message.js';

/** What is stored of them, or, where they all fared as the message did, that; undefined while nothing has been tried. */
export function showRecipients(
  row: { status: string; recipients: string | null; smtp_code: number | null; error: string | null },
  head: MessageHead | undefined,
): RecipientResult[] | undefined {
  if (row.recipients !== null) return JSON.parse(row.recipients) as RecipientResult[];
  const status = row.status === 'sent' || row.status === 'error' ? row.status : undefined;
  if (status === undefined || head === undefined) return undefined;
  const code = row.smtp_code === null ? {} : { smtp_code: row.smtp_code };
  const error = row.error === null ? {} : { error: row.error };
  const all = [...head.to, ...(head.cc ?? []), ...(head.bcc ?? [])].map(({ address }) => address);
  return [...new Set(all)].map((address) => ({ address, status, ...code, ...error }));
}
