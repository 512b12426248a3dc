// What was understood of a returned mail, as it is stored for people, and read again for a message that is known later.
import type { BounceReason } from '../domain/bounce/reason.js';
import { codeOf } from './match/match-recipients.js';
import type { Reading, ReadingKind, RecipientAction, RecipientReading } from './parse/reading.js';

/** Recipients of a returned mail that are stored. */
const mostShown = 50;
export const mostDiagnostic = 500;

/** As the list of returned mails shows it. A field without a value is left out. */
type Understood = {
  kind: ReadingKind;
  recipients: {
    address: string;
    original_address?: string | undefined;
    action?: RecipientAction | undefined;
    status?: string | undefined;
    bounce_type?: 'hard' | 'soft' | undefined;
    bounce_code?: string | undefined;
    bounce_reason?: BounceReason | undefined;
    address_is_dead: boolean;
    diagnostic?: string | undefined;
  }[];
  recipients_left_out?: number;
  returned: {
    message_ids: string[];
    mail_id?: string | undefined;
    envelope_sender?: string | undefined;
    to: string[];
  };
};

export function understoodOf({ kind, recipients, returned }: Reading): Understood {
  return {
    kind,
    recipients: recipients.slice(0, mostShown).map((one) => ({
      address: one.address,
      original_address: one.originalAddress,
      action: one.action,
      status: one.status,
      bounce_type: one.type,
      bounce_code: codeOf(one),
      bounce_reason: one.reason,
      address_is_dead: one.addressIsDead,
      diagnostic: one.diagnostic?.slice(0, mostDiagnostic),
    })),
    ...(recipients.length > mostShown && { recipients_left_out: recipients.length - mostShown }),
    returned: {
      message_ids: returned.messageIds,
      mail_id: returned.genroMailId,
      envelope_sender: returned.envelopeSender,
      to: returned.to.slice(0, 10),
    },
  };
}

/** Without the addresses that the mail was delivered to, which are not stored. */
export function readingOf(stored: string): Reading {
  const { kind, recipients, returned } = JSON.parse(stored) as Understood;
  const { message_ids: messageIds, mail_id: genroMailId, envelope_sender: envelopeSender, to } = returned;
  return {
    kind,
    recipients: recipients.map(toRecipient),
    returned: {
      messageIds,
      to,
      ...(genroMailId !== undefined && { genroMailId }),
      ...(envelopeSender !== undefined && { envelopeSender }),
    },
    envelope: [],
  };
}

function toRecipient(one: Understood['recipients'][number]): RecipientReading {
  const { address, original_address, action, status, bounce_type, bounce_code = '' } = one;
  return {
    address,
    ...(original_address !== undefined && { originalAddress: original_address }),
    ...(action !== undefined && { action }),
    ...(status !== undefined && { status }),
    ...(/^\d{3}$/.test(bounce_code) && { code: Number(bounce_code) }),
    ...(one.diagnostic !== undefined && { diagnostic: one.diagnostic }),
    ...(bounce_type !== undefined && { type: bounce_type }),
    ...(one.bounce_reason !== undefined && { reason: one.bounce_reason }),
    addressIsDead: one.address_is_dead,
  };
}
