// The settings of the mailbox for bounces, as the first start stores them.
import { z } from 'zod';
import { afterReadingWords } from '../domain/bounce/mailbox.js';
import { flag, oneOf, secret, setting, unset, whole } from './setting.js';

/** Later starts ignore these settings, because the database then has the values that an operator may have changed. */
export const bounceSettings = {
  bounceEnabled: setting(
    'GMP_BOUNCE_ENABLED',
    flag,
    '0',
    'Whether the mailbox for bounces is read. The GMP_BOUNCE_ settings count at the first start; later PUT /instance/bounce changes them.',
  ),
  bounceImapHost: unset('GMP_BOUNCE_IMAP_HOST', z.string(), 'IMAP server of the mailbox for bounces.'),
  bounceImapPort: setting(
    'GMP_BOUNCE_IMAP_PORT',
    whole(1, 65535),
    '993',
    'Port of the IMAP server for bounces.',
  ),
  bounceImapUser: unset('GMP_BOUNCE_IMAP_USER', z.string(), 'User of the mailbox for bounces.'),
  bounceImapPassword: secret('GMP_BOUNCE_IMAP_PASSWORD', z.string(), 'Password of the mailbox for bounces.'),
  bounceImapFolder: setting('GMP_BOUNCE_IMAP_FOLDER', z.string(), 'INBOX', 'Folder in which bounces arrive.'),
  bounceImapSsl: setting(
    'GMP_BOUNCE_IMAP_SSL',
    flag,
    '1',
    'TLS to the IMAP server for bounces. 1: from the first byte, 0: none.',
  ),
  bounceImapStarttls: setting(
    'GMP_BOUNCE_IMAP_STARTTLS',
    flag,
    '0',
    '1: TLS to the IMAP server for bounces begins with STARTTLS, whatever GMP_BOUNCE_IMAP_SSL says.',
  ),
  bounceAfterReading: setting(
    'GMP_BOUNCE_AFTER_READING',
    oneOf(...afterReadingWords),
    'leave',
    'What becomes of bounces once they are recorded: leave, mark_seen, move or delete. Other mails stay as they are.',
  ),
  bounceMoveFolder: setting(
    'GMP_BOUNCE_MOVE_FOLDER',
    z.string(),
    'Bounces',
    'Folder that recorded bounces are moved to, with GMP_BOUNCE_AFTER_READING=move.',
  ),
  bouncePollInterval: setting(
    'GMP_BOUNCE_POLL_INTERVAL',
    whole(1, 86_400),
    '60',
    'Seconds between two checks of the mailbox for bounces.',
  ),
  bounceReturnPath: unset(
    'GMP_BOUNCE_RETURN_PATH',
    z
      .string()
      .regex(/^[^\s@]+@[^\s@]+$/, 'is not an e-mail address')
      .describe('e-mail address'),
    'Envelope sender of messages that name none, so that their bounces arrive in this mailbox.',
  ),
};
