// The shape of a rule about SMTP replies. Types only.
import type { Step } from './fault.js';

/**
 * `deferred` and `failed` are about the message, or about the recipient who was refused. `open_breaker`: the account
 * waits for a while and the message is unharmed. `open_until_changed`: the account waits until it is changed or
 * verified, and the attempt is final.
 */
export type Verdict = 'deferred' | 'failed' | 'open_breaker' | 'open_until_changed';

export interface ReplyRule {
  name: string;
  /** The rule fits if all the conditions that it gives hold: `steps`, `codes`, `enhanced` and `text`. */
  steps?: Step[];
  codes?: number[];
  /** Searched in the status; a reply without one has an empty status. */
  enhanced?: RegExp;
  /** Searched in the text without codes. No bounded repeats, because replies may be long. */
  text?: RegExp;
  verdict: Verdict;
  /** Replies as they came over the wire; a test judges each of them. */
  examples: { step: Step; reply: string }[];
}
