// The body and the answers of a call that submits messages (contract section 4).
import { z } from '@hono/zod-openapi';
import { messageInput, prioritySchema } from '../../accept/message-input.js';
import { ok, warnings } from './ok.js';

export const defaultPriority = prioritySchema
  .nullish()
  .describe("Of messages that name none, as a message's `priority`; absent: that of the installation.");

const rejected = z
  .array(
    z.object({
      id: z.string().nullable().describe('Of the message; null where it has none.'),
      reason: z.string().describe('What is wrong, field by field; or `already sent`.'),
    }),
  )
  .describe('Messages that were not queued; their ids can be used again.');

/** The body as the document shows it. The route checks each message by itself instead. */
export const documentedBody = z.object({
  messages: z
    .array(messageInput.openapi('MessageInput', { description: 'A message, as it is handed in.' }))
    .max(1000)
    .describe('At most 1,000, each queued or rejected by itself.'),
  default_priority: defaultPriority,
});

/** `queued` counts messages that are committed, so an application may forget them once it has read this answer. */
export const added = ok.extend({
  queued: z.int().describe('How many were queued: they are stored for good.'),
  rejected,
});

export const addedExample = {
  body: {
    messages: [
      {
        id: 'order-7',
        tenant_id: 'shop',
        from: 'Shop <orders@example.com>',
        to: ['Jo <jo@example.org>'],
        subject: 'Your order',
        text: 'Thank you.',
        html: '<p>Thank you.</p>',
        priority: 'high',
        batch_code: 'orders',
      },
      { id: 'order-8', tenant_id: 'shop', from: 'orders@example.com', to: 'jo', subject: 'Your order' },
    ],
  },
  answer: { ok: true, queued: 1, rejected: [{ id: 'order-8', reason: 'to: is not an e-mail address' }] },
};

/** The 400 for a call that makes no sense as a whole, or whose messages were all rejected. */
export const noneAdded = {
  description:
    'Every message was rejected, there are more than 1,000, or the call makes no sense as a whole.',
  schema: z.object({
    detail: z
      .union([z.string(), z.object({ error: z.string().describe('One sentence for a person.'), rejected })])
      .describe('A sentence; or one, and what is wrong with each message.'),
    warnings,
  }),
  example: {
    detail: {
      error: 'No message was queued',
      rejected: [{ id: 'order-8', reason: 'to: is not an e-mail address' }],
    },
  },
};

/** The 429 for a call none of whose messages was within the tenant's quotas. */
export const noneWithinQuota = {
  ...noneAdded,
  description:
    'No message was within the quotas of the tenant, or it has too many calls at once, or too many calls with a wrong token came from this address.',
  example: {
    detail: {
      error: 'The tenant may have 1000000 messages that are not sent yet at most (quota max_queued)',
      rejected: [
        {
          id: 'order-8',
          reason: 'The tenant may have 1000000 messages that are not sent yet at most (quota max_queued)',
        },
      ],
    },
  },
};
