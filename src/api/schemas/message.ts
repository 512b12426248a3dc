// A message and its events as they are shown (contract section 5).
import { z } from '@hono/zod-openapi';
import { fetchModes } from '../../domain/attachment/attachment.js';
import { warningsOfOne } from './ok.js';

/** A point in time, as all fields with names in `_ts` have it. */
const seconds = (what: string) => z.int().describe(`${what} Unix seconds.`);
const shownStatus = z.enum(['pending', 'deferred', 'sent', 'error']);

export const statusFilter = shownStatus.optional().describe('Only messages in this status.');

/** Types and metadata are open, so that new kinds of events do not break generated clients. */
export const event = z
  .object({
    event_id: z.int().describe('Rises with every event of the installation.'),
    event_type: z
      .string()
      .describe(
        'What happened: `queued` (accepted), `sent` (the server took it), `deferred` (tried again later), `error` (given up, or rejected when it was handed in), or what a mail that came back tells.',
      ),
    event_ts: seconds('When it happened.'),
    description: z.string().optional().describe('Why, in words: the reply of the server, or what is wrong.'),
    metadata: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('More of it, by name: the `response` of the server, recipients that were `refused`, ...'),
    reported_ts: seconds('When the application acknowledged it; absent: not yet.').optional(),
  })
  .openapi('Event', {
    description: 'Something that happened to a message.',
    example: {
      event_id: 4711,
      event_type: 'sent',
      event_ts: 1_795_600_003,
      metadata: { response: '250 2.0.0 Ok: queued' },
      reported_ts: 1_795_600_004,
    },
  });

const submitted = {
  id: 'order-1',
  tenant_id: 'shop',
  from: 'Shop <orders@example.com>',
  to: 'jo@example.org',
  subject: 'Your order',
  body: 'Thank you.',
};

export const messageExample = {
  pk: '01KAT0ZQ2S9W1D4C7V8XH3M5NE',
  id: 'order-1',
  tenant_id: 'shop',
  tenant_name: 'The shop',
  account_id: 'main',
  priority: 2,
  status: 'sent' as const,
  sent_ts: 1_795_600_003,
  smtp_code: 250,
  recipients: [{ address: 'jo@example.org', status: 'sent' as const, smtp_code: 250 }],
  retry_count: 0,
  created_at: '2026-11-25T09:46:40Z',
  updated_at: '2026-11-25T09:46:43Z',
  message: submitted,
};

/**
 * A message is shown with the status that clients know: `pending` also stands for a message that is being sent at this
 * moment. A field without a value is left out.
 */
export const message = z
  .object({
    pk: z.string().describe('What the service calls the message; rises in the order of acceptance.'),
    id: z.string().describe('What the tenant calls it.'),
    tenant_id: z.string().describe('Whose it is.'),
    tenant_name: z.string().optional().describe('The name of the tenant, where it has one.'),
    account_id: z
      .string()
      .optional()
      .describe('The account that sends it; absent: the default SMTP settings of the installation.'),
    priority: z.int().min(0).max(3).describe('0 immediate, 1 high, 2 medium, 3 low.'),
    batch_code: z.string().optional().describe('The batch it belongs to.'),
    status: shownStatus.describe(
      '`pending`: waits or is being sent. `deferred`: waits for `deferred_ts`. `sent`: the server took it. `error`: given up.',
    ),
    deferred_ts: seconds('Not sent before.').optional(),
    sent_ts: seconds('When the server took it.').optional(),
    error_ts: seconds('When it was given up.').optional(),
    error: z.string().optional().describe('Why it was given up; only of messages with the status `error`.'),
    deferred_reason: z
      .string()
      .optional()
      .describe('Why it was put off, the last time; only while it waits or is being sent.'),
    smtp_code: z.int().optional().describe("The server's last reply code."),
    recipients: z
      .array(
        z.object({
          address: z.string().describe('Of the recipient.'),
          status: z
            .enum(['sent', 'deferred', 'error', 'suppressed'])
            .describe(
              'As that of the message, for this recipient; `suppressed`: not sent to, because of the suppression list.',
            ),
          smtp_code: z.int().optional().describe("The server's reply code to it."),
          error: z.string().optional().describe('Why it failed, the last time.'),
          reason: z
            .string()
            .optional()
            .describe('What the refusal means, in the words of `bounce_reason` (docs/bounces.md).'),
          bounce_type: z.enum(['hard', 'soft']).optional().describe('How its mail came back.'),
          bounce_code: z.string().optional().describe('The code of the mail that came back.'),
          bounce_reason: z.string().optional().describe('Why it came back.'),
          bounce_ts: seconds('When it came back.').optional(),
          complaint_ts: seconds('When the recipient called it spam.').optional(),
          delayed_ts: seconds('When a server reported that it was late, the last time.').optional(),
          delivered_ts: seconds('When a server reported that it was delivered.').optional(),
        }),
      )
      .optional()
      .describe('How each recipient fared; absent while nothing has been tried.'),
    retry_count: z.int().describe('Attempts after the first, so far.'),
    reported_ts: seconds('When the application acknowledged how it ended.').optional(),
    bounce_type: z
      .enum(['hard', 'soft'])
      .optional()
      .describe(
        'How it came back: `hard` for good, `soft` for now. Of several, the worst; a complaint has none.',
      ),
    bounce_code: z.string().optional().describe('The code of the mail that came back.'),
    bounce_reason: z
      .string()
      .optional()
      .describe('Why it came back; `complaint`: a recipient called it spam.'),
    bounce_ts: seconds('When it came back.').optional(),
    created_at: z.string().describe('When it was accepted. ISO 8601, UTC.'),
    updated_at: z.string().describe('When it last changed. ISO 8601, UTC.'),
    warnings: warningsOfOne,
    attachments: z
      .array(
        z.object({
          filename: z.string().describe('As recipients see it.'),
          size: z.int().optional().describe('Bytes; absent: not known before it is fetched.'),
          mime_type: z.string().optional().describe('Absent: not known before it is fetched.'),
          source: z.enum(fetchModes).describe('Where its content comes from.'),
          cached: z.literal(true).optional().describe('The last attempt had it without fetching it.'),
          offloaded: z.literal(true).optional().describe('The mail has a link in its place.'),
        }),
      )
      .optional()
      .describe('The files that go with it, without their contents.'),
    message: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('As it was submitted, field by field, without contents and secrets of attachments.'),
    history: z
      .array(event)
      .optional()
      .describe('What happened to it, oldest first; only with `include_history`.'),
  })
  .openapi('Message', { description: 'A message and what became of it.', example: messageExample });
