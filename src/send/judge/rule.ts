// What a rule about SMTP replies is made of.
import type { Step } from './fault.js';

/**
 * `deferred`, `failed`: what it means for the message, or for the recipient who was refused. `open_breaker`: the account waits
 * a while, the message is unharmed. `open_until_changed`: the account waits until it is changed or verified, the attempt is final.
 */
export type Verdict = 'deferred' | 'failed' | 'open_breaker' | 'open_until_changed';

export interface ReplyRule {
  name: string;
  /** All that are given must hold. */
  steps?: Step[];
  codes?: number[];
  enhanced?: string[];
  /** Looked for in the text without codes; no bounded repeats, replies are long. */
  text?: RegExp;
  verdict: Verdict;
  /** As they came over the wire; each is judged so by a test. */
  examples: { step: Step; reply: string }[];
}
