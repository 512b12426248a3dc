// An SMTP account as it is shown (contract section 6).
import { z } from '@hono/zod-openapi';
import { accountInput } from './account-input.js';
import { mailboxHealth, shownMailbox } from './mailbox.js';
import { warningsOfOne } from './ok.js';

const { shape } = accountInput;
const limit = (per: string) => z.int().optional().describe(`Messages a ${per} at most; absent: any number.`);

export const accountExample = {
  id: 'main',
  tenant_id: 'shop',
  host: 'smtp.example.com',
  port: 587,
  user: 'shop',
  password: '***' as const,
  allow_plaintext: false,
  ttl: 300,
  limit_per_hour: 500,
  limit_behavior: 'defer' as const,
  spread: false,
  on_in_doubt: 'resend' as const,
  keep_transcripts: false,
  created_at: '2026-11-25T09:46:40Z',
  updated_at: '2026-11-25T09:46:40Z',
};

/**
 * Differs from the input in this: secrets are hidden, defaults are filled in, and a setting without a value is left out
 * instead of null.
 */
export const account = z
  .object({
    id: shape.id,
    tenant_id: z.string().describe('Whose account it is.'),
    host: z.string().describe('Name or address of the SMTP server.'),
    port: shape.port,
    user: z.string().optional().describe('Name to log in with; absent: no login.'),
    password: z.literal('***').optional().describe('Stands for the password; absent: none is set.'),
    use_tls: z.boolean().optional().describe('As it was set; absent: as the port and the server suggest.'),
    allow_plaintext: z
      .boolean()
      .describe('Whether the password may be sent without TLS where the server offers none.'),
    ehlo_name: z.string().optional().describe('Its name in EHLO; absent: that of the installation.'),
    return_path: z
      .string()
      .optional()
      .describe('Envelope sender of messages that name none; absent: that of the installation, else `from`.'),
    ttl: z.int().describe('Seconds a connection is used for at most.'),
    limit_per_minute: limit('minute'),
    limit_per_hour: limit('hour'),
    limit_per_day: limit('day'),
    limit_behavior: z.enum(['defer', 'reject']).describe('Whether a message over a limit waits or fails.'),
    spread: z.boolean().describe("Whether a minute's allowance is spread over the minute."),
    batch_size: z.int().optional().describe('Messages over one connection at most; absent: any number.'),
    max_connections: z
      .int()
      .optional()
      .describe('Connections to its server at once; absent: as many as the server takes.'),
    on_in_doubt: z
      .enum(['resend', 'hold'])
      .describe('Whether a mail of which nobody knows whether it left is sent again.'),
    keep_transcripts: z
      .boolean()
      .describe('Whether what was said to its server is kept of the last attempts of each message.'),
    ...shownMailbox,
    bounce_mailbox: z
      .object(mailboxHealth)
      .optional()
      .describe('How its own mailbox for bounces fares; only where one account is asked for.'),
    created_at: z.string().describe('When it was created. ISO 8601, UTC.'),
    updated_at: z.string().describe('When it last changed. ISO 8601, UTC.'),
    warnings: warningsOfOne,
  })
  .openapi('Account', { description: 'An SMTP account.', example: accountExample });
