// What a returned mail tells of one recipient of a message, as it is stored, reported and shown. No I/O.
import type { BounceReason } from './reason.js';

export type ReturnedKind = 'bounce' | 'complaint' | 'delayed' | 'delivered';

export interface BouncedRecipient {
  /** As the message names it. */
  address: string;
  kind: ReturnedKind;
  type?: 'hard' | 'soft' | undefined;
  /** The SMTP code; the enhanced status code where there is none. */
  code?: string | undefined;
  reason?: BounceReason | undefined;
}

/** Which of several bounces counts for a message and for a recipient: the highest. */
export function rankOf({ kind, type }: Pick<BouncedRecipient, 'kind' | 'type'>): number {
  if (kind === 'bounce') return type === 'hard' ? 3 : 1;
  return kind === 'complaint' ? 2 : 0;
}
