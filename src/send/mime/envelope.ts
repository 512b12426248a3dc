// A mail ready to be sent, its SMTP envelope, and the replies of a server that took it. Types only.
import type { RecipientReply } from '../judge/fault.js';

export interface Envelope {
  /** Empty for the null sender. */
  from: string;
  to: string[];
}

export interface Content {
  /** ASCII throughout, so that every server takes it. */
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
}

export interface Mail extends Content {
  envelope: Envelope;
}

export interface Accepted {
  /** The final reply. */
  response: string;
  /** One entry for each recipient of the envelope, in its order. */
  recipients: RecipientReply[];
}
