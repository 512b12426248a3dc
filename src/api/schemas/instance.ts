// The installation and its mailbox for bounces, as they are handed in and as they are shown.
import { z } from '@hono/zod-openapi';
import { hostName } from '../../accept/host-name.js';
import { identifier } from '../../accept/identifier.js';
import { returnPath } from '../../accept/mailbox-input.js';
import { afterReadingWords } from '../../domain/bounce/mailbox.js';
import { everyMailbox, mailboxHealth } from './mailbox.js';
import { warnings } from './ok.js';

/**
 * Beyond its fields: the envelope sender must be one address and not the null sender, otherwise bounces could not arrive
 * in the mailbox. A folder and a host need not exist; the process that reads the mailbox finds that out.
 */
export const bounceInput = z
  .object({
    enabled: z.boolean().nullish().describe('Whether the mailbox is read; false unless set.'),
    imap_host: hostName.nullish().describe('Name or address of the IMAP server.'),
    imap_port: everyMailbox.port,
    imap_user: everyMailbox.user,
    imap_password: everyMailbox.password,
    imap_folder: everyMailbox.folder,
    imap_ssl: z.boolean().nullish().describe('TLS from the first byte; true unless set.'),
    imap_starttls: z
      .boolean()
      .nullish()
      .describe('TLS that begins with STARTTLS, whatever imap_ssl says; false unless set.'),
    after_reading: everyMailbox.afterReading,
    move_folder: everyMailbox.moveFolder,
    poll_interval: everyMailbox.pollInterval,
    return_path: returnPath
      .refine((address) => address !== '', 'is empty')
      .nullish()
      .describe(
        'Envelope sender of mails that name none, so that their bounces arrive in this mailbox; `%verp%` in it becomes a signed token of the mail.',
      ),
  })
  .openapi('BounceSettings', {
    description: 'The mailbox for mails that came back, as it is set up.',
    example: { enabled: true, imap_host: 'imap.example.com', imap_user: 'bounces' },
  });

/** The settings of the mailbox stand beside the others with the prefix `bounce_`, as in genro-mail-proxy. */
export const instanceInput = z
  .object({
    name: identifier(255).nullish().describe('What the installation is called; mail-proxy unless set.'),
    // Characters that a header can carry (RFC 9110 section 5.5), and the shortest length of GMP_API_TOKEN.
    api_token: z
      .string()
      .min(8, 'is shorter than 8 characters')
      .max(1000)
      .regex(/^[!-~]+$/, 'is not ASCII without spaces')
      .nullish()
      .describe('Replaces the admin token at once; null leaves it. 409 while GMP_API_TOKEN is set.'),
    ...prefixed(bounceInput.shape),
  })
  .openapi('InstanceInput', {
    description: 'Settings of the installation.',
    example: { name: 'mail-proxy', bounce_enabled: false },
  });

export const bounceExample = {
  enabled: true,
  imap_host: 'imap.example.com',
  imap_port: 993,
  imap_user: 'bounces',
  imap_password: '***' as const,
  imap_folder: 'INBOX',
  imap_ssl: true,
  imap_starttls: false,
  after_reading: 'leave' as const,
  move_folder: 'Bounces',
  poll_interval: 60,
};

const bounceShape = {
  enabled: z.boolean().describe('Whether the mailbox is read.'),
  imap_host: z.string().optional().describe('Name or address of the IMAP server.'),
  imap_port: z.int().describe('Its port.'),
  imap_user: z.string().optional().describe('Name to log in with.'),
  imap_password: z.literal('***').optional().describe('Stands for the password; absent: none is set.'),
  imap_folder: z.string().describe('Folder that is read.'),
  imap_ssl: z.boolean().describe('TLS from the first byte.'),
  imap_starttls: z.boolean().describe('TLS that begins with STARTTLS.'),
  after_reading: z.enum(afterReadingWords).describe('What becomes of bounces once they are recorded.'),
  move_folder: z.string().describe('Folder that recorded bounces are moved to, if they are.'),
  poll_interval: z.int().describe('Seconds between two looks.'),
  return_path: z.string().optional().describe('Envelope sender of mails that name none.'),
};
export const bounceStatus = z.object({ ...bounceShape, ...mailboxHealth, warnings }).openapi('BounceStatus', {
  description: 'The mailbox for mails that came back, and how it fares.',
});

export const instance = z
  .object({
    id: z.literal(1).describe('Always 1.'),
    name: z.string().describe('What the installation is called.'),
    ...prefixed(bounceShape),
    created_at: z.string().describe('When it was first started. ISO 8601, UTC.'),
    updated_at: z.string().describe('When it last changed. ISO 8601, UTC.'),
    warnings,
  })
  .openapi('Instance', { description: 'The installation.' });

/** The settings of the mailbox under their names among those of the installation. */
function prefixed<T extends object>(shape: T) {
  const fields = Object.entries(shape).map(([name, schema]) => [`bounce_${name}`, schema]);
  return Object.fromEntries(fields) as { [K in keyof T & string as `bounce_${K}`]: T[K] };
}

const mailboxFields = [
  'enabled',
  'imap_host',
  'imap_port',
  'imap_user',
  'imap_folder',
  'imap_ssl',
  'imap_starttls',
  'after_reading',
  'move_folder',
  'poll_interval',
  'return_path',
];
export const bounceAudit = { keeps: mailboxFields, blanks: ['imap_password'] };
export const instanceAudit = {
  keeps: ['name', ...mailboxFields.map((name) => `bounce_${name}`)],
  blanks: ['api_token', 'bounce_imap_password'],
};
