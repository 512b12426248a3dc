// The SMTP envelope of a mail, and the replies of a server that took the mail. Types only.
import type { RecipientReply } from '../judge/fault.js';

export interface Envelope {
  /** Empty for the null sender. */
  from: string;
  to: string[];
}

export interface Accepted {
  /** The final reply. */
  response: string;
  /** One entry for each recipient of the envelope, in its order. */
  recipients: RecipientReply[];
}
