// A mail that came back, as GET /bounces shows it.
import { z } from '@hono/zod-openapi';

export const bounceExample = {
  id: 12,
  mailbox_id: 'instance',
  tenant_id: 'shop',
  message_id: 'order-1',
  pk: '01KAT0ZQ2S9W1D4C7V8XH3M5NE',
  matched_by: 'verp' as const,
  kind: 'bounce' as const,
  bounce_type: 'hard' as const,
  bounce_code: '550',
  bounce_reason: 'user_unknown',
  bounce_ts: 1_795_600_020,
  recorded_ts: 1_795_600_023,
  recipients: [
    {
      address: 'jo@example.org',
      action: 'failed',
      status: '5.1.1',
      bounce_type: 'hard',
      bounce_code: '550',
      bounce_reason: 'user_unknown',
      address_is_dead: true,
      diagnostic: '550 5.1.1 <jo@example.org>: Recipient address rejected: User unknown',
    },
  ],
  returned: {
    message_ids: ['01kat0zq2s9w1d4c7v8xh3m5ne@example.com'],
    mail_id: 'order-1',
    to: ['jo@example.org'],
  },
};

export const bounce = z
  .object({
    id: z.int().describe('Rises in the order of recording.'),
    mailbox_id: z.string().describe('The mailbox that it came to.'),
    tenant_id: z.string().optional().describe('Whose message it is about; absent: no message is known.'),
    message_id: z.string().optional().describe('Id of the message, as its tenant chose it.'),
    pk: z.string().optional().describe('Key of the message.'),
    matched_by: z
      .enum(['verp', 'message_id', 'provider_id', 'mail_id'])
      .optional()
      .describe(
        'What proves it: the signed envelope sender, our Message-ID, one that the tenant or its provider gave, or `X-Genro-Mail-ID`.',
      ),
    kind: z
      .enum(['bounce', 'complaint', 'delayed', 'delivered'])
      .describe('What it tells. A delay is no bounce.'),
    bounce_type: z.enum(['hard', 'soft']).optional().describe('`hard` for good, `soft` for now.'),
    bounce_code: z.string().optional().describe('The SMTP code, or the status code where there is none.'),
    bounce_reason: z.string().optional().describe('Why it came back (docs/bounces.md).'),
    bounce_ts: z.int().describe('When the mailbox received it. Unix seconds.'),
    recorded_ts: z.int().describe('When it was read. Unix seconds.'),
    recipients: z
      .array(z.looseObject({ address: z.string().describe('As the report names it.') }))
      .describe('What it tells of each recipient, with the words of the server in `diagnostic`.'),
    recipients_left_out: z.int().optional().describe('How many more it names.'),
    returned: z
      .looseObject({
        message_ids: z.array(z.string()).describe('Message-IDs that it names.'),
        mail_id: z.string().optional().describe('Its `X-Genro-Mail-ID`.'),
        envelope_sender: z.string().optional().describe('Its envelope sender.'),
        to: z.array(z.string()).describe('Addresses in its To.'),
      })
      .describe('What the returned mail says of itself.'),
  })
  .openapi('ReturnedMail', {
    description: 'A mail that came back, and what was understood.',
    example: bounceExample,
  });
