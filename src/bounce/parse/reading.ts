// What is understood of a mail that came back. Types only.
import type { BounceReason } from '../../domain/bounce/reason.js';

export type ReadingKind =
  /** Delivery to at least one recipient has failed for good. */
  | 'bounce'
  /** Delivery is late and is still being tried (RFC 3464, `Action: delayed`). */
  | 'delay'
  /** Delivered, relayed or expanded, and nothing failed. */
  | 'delivered'
  /** A recipient called the mail spam (RFC 5965). */
  | 'complaint'
  | 'auto-reply'
  /** Asks the sender to prove that he is a person. */
  | 'challenge'
  | 'read-receipt'
  | 'list-post'
  | 'other';

export type RecipientAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded';

export interface RecipientReading {
  /** The address that failed, as the reporting server knows it. */
  address: string;
  /** The address that the mail was sent to, where the report names another one. */
  originalAddress?: string;
  /** Undefined in a complaint. */
  action?: RecipientAction;
  /** The enhanced status code. `5.0.0` or `4.0.0` where the mail gives only the class. */
  status?: string;
  /** The SMTP reply code. */
  code?: number;
  /** The words of the server that refused; one line, bounded. */
  diagnostic?: string;
  /** Absent unless delivery failed or is late. */
  type?: 'hard' | 'soft';
  reason?: BounceReason;
  addressIsDead: boolean;
}

/** What the headers of the returned mail tell. */
export interface ReturnedMail {
  /** `Message-ID` and ids that providers put in its place; without angle brackets. */
  messageIds: string[];
  /** `X-Genro-Mail-ID`. */
  genroMailId?: string;
  /** `Return-Path` or `X-Postfix-Sender`, unwrapped from BATV and SRS. */
  envelopeSender?: string;
  /** The addresses of its `To`. */
  to: string[];
}

/** An address that the mail was delivered to, which for a bounce is the envelope sender of ours. */
export interface EnvelopeClue {
  address: string;
  /** Without BATV (`prvs=`) and SRS; the same as `address` where it has neither. */
  unwrapped: string;
  /** The recipient that a VERP address names, as in `bounces+ann=example.com@example.org`. */
  verpRecipient?: string;
}

export interface Reading {
  kind: ReadingKind;
  recipients: RecipientReading[];
  returned: ReturnedMail;
  envelope: EnvelopeClue[];
}
