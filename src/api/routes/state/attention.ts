// The route that tells an operator what to look after now.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { toUnixSeconds } from '../../../clock.js';
import { type Attention, attentionKinds, findAttention } from '../../../explain/find-attention.js';
import type { ApiContext } from '../../context.js';
import type { ApiEnv } from '../../middleware/authenticate.js';
import { route } from '../../openapi/route.js';
import { ok } from '../../schemas/ok.js';
import { tenantOrAll, tenantOrAllParameter } from './tenant-or-all.js';

const attention = z
  .object({
    kind: z.enum(attentionKinds).describe('What it is.'),
    description: z.string().describe('The same for people.'),
    tenant_id: z.string().optional().describe('Whose.'),
    account_id: z.string().optional().describe('Of which account.'),
    message_id: z.string().optional().describe('Of `oldest_due`: which message.'),
    since_ts: z.int().optional().describe('Since when, in Unix seconds.'),
    until_ts: z
      .int()
      .optional()
      .describe('When it is over, or tried again, in Unix seconds; absent where nobody knows.'),
  })
  .openapi('Attention', { description: 'Something that keeps mails or reports from leaving.' });

/** It only reads. A tenant is told of itself alone, and of what stops everybody. */
export function addAttentionRoute(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  route(
    app,
    {
      method: 'get',
      path: '/attention',
      operationId: 'attention',
      summary: 'What keeps mails or reports from leaving now',
      description:
        'Stopped sending, faults of Redis, silent processes, paused accounts, full windows of limits, messages that have been due ' +
        'for a minute, endpoints that have not acknowledged for two minutes, and mailboxes that cannot be read: at most 50 of each.',
      query: z.object({ tenant_id: tenantOrAllParameter }),
      answer: ok.extend({
        attention: z.array(attention).describe('The most urgent first; empty: all is well.'),
      }),
      example: {
        answer: {
          ok: true,
          attention: [
            {
              kind: 'breaker',
              description: 'Account main of tenant shop is paused: 454 4.7.0 Too many login attempts',
              tenant_id: 'shop',
              account_id: 'main',
              since_ts: 1_790_000_000,
              until_ts: 1_790_000_300,
            },
          ],
        },
      },
      refusals: { 404: 'There is no such tenant.' },
    },
    async ({ query: { tenant_id } }, c) => {
      const found = await findAttention(ctx, await tenantOrAll(c, tenant_id));
      return { ok: true, attention: found.map(show) };
    },
  );
}

function show({ kind, description, tenantId, accountId, messageId, since, until }: Attention) {
  return {
    kind,
    description,
    ...(tenantId !== undefined && { tenant_id: tenantId }),
    ...(accountId !== undefined && { account_id: accountId }),
    ...(messageId !== undefined && { message_id: messageId }),
    ...(since !== undefined && { since_ts: toUnixSeconds(since) }),
    ...(until !== undefined && { until_ts: Math.ceil(until / 1000) }),
  };
}
