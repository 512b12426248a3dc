// The route that explains why a message is not sent yet.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { Fault } from '../../../errors.js';
import { explainMessage, type Reason } from '../../../explain/explain-message.js';
import type { ApiContext } from '../../context.js';
import type { ApiEnv } from '../../middleware/authenticate.js';
import { route } from '../../openapi/route.js';
import { ok } from '../../schemas/ok.js';
import { tenantQuery } from '../../schemas/tenant-in-query.js';

const reason = z
  .object({
    kind: z
      .enum([
        'sent',
        'error',
        'sending',
        'deferred',
        'suspended',
        'account_rests',
        'rate_limit',
        'no_worker',
        'redis_down',
        'queued',
      ])
      .describe('What it is.'),
    description: z
      .string()
      .describe('The same for people, with what the server said where it said something.'),
    until_ts: z
      .int()
      .optional()
      .describe(
        'When it is over, Unix seconds; absent when somebody has to end it. Of `sent` and `error`: when it was.',
      ),
    window: z
      .enum(['minute', 'hour', 'day', 'tenant_hour', 'tenant_day'])
      .optional()
      .describe('Which window of a limit is full.'),
    limit: z.int().optional().describe('How many that window allows.'),
    smtp_code: z.int().optional().describe("The server's reply code."),
  })
  .openapi('Reason', { description: 'Why a message has not been sent yet, or what became of it.' });

const answer = ok.extend({
  id: z.string().describe('As the application named it.'),
  status: z.enum(['pending', 'deferred', 'sent', 'error']).describe('As `GET /messages` shows it.'),
  reasons: z.array(reason).describe('All that holds it back now.'),
  position: z.int().optional().describe('Its place among the messages of its account that are due, from 1.'),
  expected_ts: z
    .int()
    .optional()
    .describe('When it is expected to leave, Unix seconds; absent when that depends on somebody.'),
});

/**
 * Explains why a message waits, to operators and applications. The admin and the tenant itself may call it. It only
 * reads: asking changes neither the place of the message nor its time. Without Redis it still answers, from the database.
 */
export function addExplainRoute(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  route(
    app,
    {
      method: 'get',
      path: '/messages/{id}/explain',
      tenant: 'query',
      summary: 'Why a message is not sent yet',
      description:
        'Deferred until when, which window of which limit is full and when it has room, because of which reply the account rests, what is suspended, the place in line; and when the message is expected to leave.',
      operationId: 'explainMessage',
      query: tenantQuery,
      answer,
      refusals: { 404: 'The tenant has no such message.' },
      example: {
        answer: {
          ok: true,
          id: 'order-1',
          status: 'deferred',
          reasons: [
            {
              kind: 'rate_limit',
              description: 'the limit of 10 a minute is reached',
              until_ts: 1_790_000_042,
              window: 'minute',
              limit: 10,
            },
          ],
          position: 1,
          expected_ts: 1_790_000_042,
        },
      },
    },
    async ({ id, tenantId }) => {
      const found = await explainMessage(ctx, tenantId, id);
      if (found === undefined) throw new Fault('not_found', 'message not found');
      const { status, reasons, position, expectedAt } = found;
      return {
        ok: true,
        id,
        status,
        reasons: reasons.map(showReason),
        ...(position !== undefined && { position }),
        ...(expectedAt !== undefined && { expected_ts: roundUp(expectedAt) }),
      };
    },
  );
}

function showReason({ kind, description, until, window, limit, smtpCode }: Reason) {
  return {
    kind,
    description,
    ...(until !== undefined && { until_ts: roundUp(until) }),
    ...(window !== undefined && { window }),
    ...(limit !== undefined && { limit }),
    ...(smtpCode !== undefined && { smtp_code: smtpCode }),
  };
}

/** To whole seconds, so that a caller that comes back at this time does not come too early. */
function roundUp(ms: number): number {
  return Math.ceil(ms / 1000);
}
