// An SMTP account as it is handed in (contract section 6).
import { z } from '@hono/zod-openapi';
import { hostName } from '../../accept/host-name.js';
import { lineOfText, pathIdentifier } from '../../accept/identifier.js';
import { returnPath } from '../../accept/mailbox-input.js';
import { ehloNameRule, isEhloName } from '../../domain/ehlo-name.js';
import { withinAdmin } from '../openapi/admin-fields.js';
import { mailboxInput } from './mailbox.js';

const limit = (per: string) =>
  withinAdmin(
    z
      .int()
      .min(0)
      .max(1_000_000_000)
      .nullish()
      .describe(`Messages a ${per} at most; 0, null or absent: any number.`),
  );

/**
 * Beyond its fields, the schema accepts only host names and addresses that can exist, and refuses control characters in
 * every text, because PostgreSQL stores no NUL. An optional field may be null, which counts as absent.
 */
export const accountInput = z
  .object({
    id: pathIdentifier(255).describe('What the tenant calls the account; unique within the tenant.'),
    tenant_id: lineOfText(255)
      .nullish()
      .describe("Whose account it is. Required with the admin token; with a tenant's token its own."),
    host: hostName.describe('Name or address of the SMTP server.'),
    port: z.int().min(1).max(65_535).describe('Its port: 587, 465 or 25, usually.'),
    user: lineOfText(1000).nullish().describe('Name to log in with; absent: no login.'),
    password: lineOfText(10_000)
      .nullish()
      .describe('Password to log in with. Encrypted at rest and never shown; `***` leaves it as it is.'),
    use_tls: z
      .boolean()
      .nullish()
      .describe(
        'true: TLS required, from the first byte on port 465, with STARTTLS elsewhere. false: none. null or absent: from the first byte on port 465, elsewhere STARTTLS where it is offered.',
      ),
    allow_plaintext: z
      .boolean()
      .nullish()
      .describe(
        'Whether the password may be sent without TLS where use_tls is absent and the server offers none; false unless set.',
      ),
    ehlo_name: z
      .string()
      .refine(isEhloName, ehloNameRule)
      .nullish()
      .describe(
        'Name by which mail-proxy introduces itself to the server (EHLO): a fully qualified one or an address in brackets; null or absent: GMP_SMTP_EHLO_NAME.',
      ),
    return_path: returnPath
      .refine((address) => address !== '', 'is empty')
      .nullish()
      .describe(
        'Envelope sender of messages that name none, so that their bounces arrive there; `%verp%` in it becomes a signed token of the message. Null or absent: that of the installation, else `from`.',
      ),
    ttl: z
      .int()
      .min(1)
      .max(86_400)
      .nullish()
      .describe('Seconds a connection is used for at most; 0, null or absent: 300.'),
    limit_per_minute: limit('minute'),
    limit_per_hour: limit('hour'),
    limit_per_day: limit('day'),
    limit_behavior: z
      .enum(['defer', 'reject'])
      .nullish()
      .describe('What happens to a message over a limit: it waits, or it fails; defer unless set.'),
    spread: z
      .boolean()
      .nullish()
      .describe(
        "Whether a minute's allowance is spread over the minute instead of used at once; false unless set.",
      ),
    batch_size: z
      .int()
      .min(1)
      .max(1_000_000)
      .nullish()
      .describe('Messages over one connection at most; 0, null or absent: any number.'),
    max_connections: z
      .int()
      .min(1)
      .max(1000)
      .nullish()
      .describe(
        'Connections to its server at once, of all processes together; 0, null or absent: as many as the server takes.',
      ),
    on_in_doubt: z
      .enum(['resend', 'hold'])
      .nullish()
      .describe(
        'What becomes of a mail of which nobody knows whether it left: sent again, or given up as an error; resend unless set.',
      ),
    keep_transcripts: z
      .boolean()
      .nullish()
      .describe(
        'Whether what was said to its server is kept of the last attempts of each message, for `GET /messages/{id}/trace`; false unless set.',
      ),
    ...mailboxInput,
  })
  .openapi('AccountInput', {
    description: 'An SMTP account, as it is set up.',
    example: { id: 'main', tenant_id: 'shop', host: 'smtp.example.com', port: 587 },
  });

/** For altering an account: nothing is required, and null puts a default back. */
export const accountPatch = accountInput.omit({ id: true, tenant_id: true }).partial();

export const accountAudit = {
  keeps: [
    'id',
    'tenant_id',
    'host',
    'port',
    'user',
    'use_tls',
    'allow_plaintext',
    'ehlo_name',
    'return_path',
    'ttl',
    'limit_per_minute',
    'limit_per_hour',
    'limit_per_day',
    'limit_behavior',
    'spread',
    'batch_size',
    'max_connections',
    'on_in_doubt',
    'keep_transcripts',
    'imap_host',
    'imap_port',
    'imap_user',
    'imap_folder',
    'imap_tls',
    'imap_poll_interval',
    'imap_after_reading',
    'imap_move_folder',
  ],
  blanks: ['password', 'imap_password'],
};
