// What a notice of failure says in a server's own words, and what has to be read from it.
export interface NoticeCase {
  server: string;
  subject: string;
  body: string;
  from?: string;
  /** Address, hard or soft, reason, whether the address is dead; more than one if more failed. */
  failed: [address: string, type: 'hard' | 'soft', reason: string, isDead: boolean][];
  status?: string;
  kind?: 'bounce' | 'delay';
}

/** Whom the notices are about. */
export const ann = 'ann@example.org';

/** The head of the mail that did not arrive. */
export const original =
  'Return-Path: <shop@example.com>\nMessage-ID: <m1@example.com>\nX-Genro-Mail-ID: order-1\nFrom: shop@example.com\nTo: ann@example.org\nSubject: Order\n\nHello\n';
