// The mailbox for bounces that an account may have of its own, as it is handed in and as it is shown (contract section 6).
import { z } from '@hono/zod-openapi';
import { hostName } from '../../accept/host-name.js';
import { identifier, lineOfText } from '../../accept/identifier.js';
import { afterReadingWords, mailboxStates } from '../../domain/bounce/mailbox.js';

/** What every mailbox is told, under names of its own. */
export const everyMailbox = {
  port: z.int().min(1).max(65_535).nullish().describe('Its port; 993 unless set.'),
  user: lineOfText(1000).nullish().describe('Name to log in with.'),
  password: lineOfText(10_000)
    .nullish()
    .describe('Password to log in with. Encrypted at rest and never shown; `***` leaves it as it is.'),
  folder: identifier(255).nullish().describe('Folder that is read; INBOX unless set.'),
  pollInterval: z.int().min(1).max(86_400).nullish().describe('Seconds between two looks; 60 unless set.'),
  afterReading: z
    .enum(afterReadingWords)
    .nullish()
    .describe(
      'What becomes of bounces once they are recorded; leave unless set. Other mails stay as they are.',
    ),
  moveFolder: identifier(255)
    .nullish()
    .describe('Folder that recorded bounces are moved to; Bounces unless set.'),
};

export const mailboxInput = {
  imap_host: hostName
    .nullish()
    .describe('IMAP server of a mailbox of its own for bounces; null or absent: it has none.'),
  imap_port: everyMailbox.port,
  imap_user: everyMailbox.user,
  imap_password: everyMailbox.password,
  imap_folder: everyMailbox.folder,
  imap_tls: z
    .boolean()
    .nullish()
    .describe(
      'true, null or absent: TLS required, from the first byte on port 993, with STARTTLS elsewhere. false: none.',
    ),
  imap_poll_interval: everyMailbox.pollInterval,
  imap_after_reading: everyMailbox.afterReading,
  imap_move_folder: everyMailbox.moveFolder,
};

export const shownMailbox = {
  imap_host: z
    .string()
    .optional()
    .describe('IMAP server of its own mailbox for bounces; absent: it has none.'),
  imap_port: z.int().optional().describe('Its port.'),
  imap_user: z.string().optional().describe('Name to log in with.'),
  imap_password: z.literal('***').optional().describe('Stands for the password; absent: none is set.'),
  imap_folder: z.string().optional().describe('Folder that is read.'),
  imap_tls: z.boolean().optional().describe('Whether TLS is required.'),
  imap_poll_interval: z.int().optional().describe('Seconds between two looks.'),
  imap_after_reading: z
    .enum(afterReadingWords)
    .optional()
    .describe('What becomes of bounces once they are recorded.'),
  imap_move_folder: z.string().optional().describe('Folder that recorded bounces are moved to, if they are.'),
};

/** How a mailbox fares. */
export const mailboxHealth = {
  state: z
    .enum(mailboxStates)
    .describe(
      'off: not to be read. waiting: for the next look. reading: what has come. watching: all is read, and the server tells of new mail at once. failing: see last_error.',
    ),
  last_error: z.string().optional().describe('Why it could not be read when that last happened.'),
  last_error_ts: z.int().optional().describe('When that was.'),
  last_read_ts: z.int().optional().describe('When it was last read to its end.'),
  next_try_ts: z.int().optional().describe('When it is tried next, while it is failing.'),
  mails_read: z.int().describe('Mails that were read.'),
  bounces_read: z.int().describe('Bounces and complaints among them.'),
};
