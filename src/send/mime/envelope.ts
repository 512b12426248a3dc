// Says to whom a mail goes: its SMTP envelope has the addresses of to, cc and bcc. Bcc stands here alone, never in a header.

import type { Needs } from '../../context.js';
import { fillVerp, hasVerp } from '../../domain/bounce/verp-address.js';
import { envelopeSender } from '../../domain/header/addresses.js';
import type { MessageHead } from '../../domain/message.js';
import { recipientsOf } from '../../domain/recipients.js';
import type { RecipientReply } from '../judge/fault.js';

export interface Envelope {
  /** Empty for the null sender. */
  from: string;
  to: string[];
}

export function envelopeOf(head: MessageHead): Envelope {
  return { from: envelopeSender(head), to: recipientsOf(head) };
}

/** Where a message names no envelope sender: that of its account, else that of the installation. */
interface DefaultSenders {
  account: string | undefined;
  installation: string | undefined;
}

/**
 * The envelope sender of one transaction. A token takes the place of %verp%, so that a bounce proves which message it is
 * about, and which recipient where the mail goes to one alone.
 * @param to the recipients of this transaction
 */
export function senderOf(
  { secrets }: Needs<'secrets'>,
  { pk }: { pk: string },
  head: MessageHead,
  defaults: DefaultSenders,
  to: string[],
): string {
  const returnPath = head.returnPath ?? defaults.account ?? defaults.installation;
  const sender = envelopeSender({ ...head, ...(returnPath !== undefined && { returnPath }) });
  if (!hasVerp(sender)) return sender;
  const [only] = to;
  const recipient = to.length === 1 && only !== undefined ? recipientsOf(head).indexOf(only) : -1;
  return fillVerp(sender, secrets.verpToken({ pk, recipient: recipient < 0 ? undefined : recipient }));
}

/** A mail ready to be sent. */
export interface Content {
  /** ASCII throughout, so that every server takes it. Has all headers. */
  raw: Buffer;
  /** For a session with SMTPUTF8; absent: the mail has no address beyond ASCII in its headers. */
  utf8?: {
    /** The same headers with the addresses as they are. */
    head: Buffer;
    /** The length of the headers in `raw`. */
    replaces: number;
    /** The headers without which nobody could answer the mail, so that it does not leave without SMTPUTF8. */
    requiredBy: string[];
  };
  /** Absent: `raw` is the whole mail. */
  rest?: Rest;
}

/** What comes after `raw` and is not in memory: the contents of attachments, and what stands between them. */
export interface Rest {
  length: number;
  /** Reads it, from the start each time. */
  blocks(): AsyncIterable<Buffer>;
}

export interface Mail extends Content {
  envelope: Envelope;
}

/** The replies of a server that took the mail. */
export interface Accepted {
  /** The final reply. */
  response: string;
  /** One entry for each recipient of the envelope, in its order. */
  recipients: RecipientReply[];
}
