// What is handed to a mail server beside the mail, and what it says to a mail it takes.
import type { RecipientReply } from '../judge/fault.js';

export interface Envelope {
  /** Empty: the null sender. */
  from: string;
  to: string[];
}

export interface Accepted {
  response: string;
  /** One for each recipient of the envelope, in its order. */
  recipients: RecipientReply[];
}
