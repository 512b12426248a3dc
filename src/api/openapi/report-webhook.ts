// The report that an application is sent, for the `webhooks` of the OpenAPI document (docs/reports.md explains it).
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { ApiEnv } from '../middleware/authenticate.js';

const seconds = (text: string) => z.int().optional().describe(`${text} Unix seconds.`);

const entry = z
  .object({
    event_id: z
      .int()
      .describe('Number of the event, unique also over a restored backup; drop what you have seen.'),
    event_type: z
      .enum(['sent', 'error', 'deferred', 'bounce', 'complaint', 'delayed', 'delivered'])
      .describe('What happened to the message.'),
    tenant_id: z.string().describe('Whose message it is.'),
    id: z.string().describe('Id of the message, as the application chose it.'),
    pk: z.string().describe('Key of the message in mail-proxy; stays the same when the message is replaced.'),
    recipients: z
      .array(
        z.object({
          address: z.string().describe('Of the recipient.'),
          status: z
            .enum(['sent', 'deferred', 'error', 'suppressed'])
            .optional()
            .describe('How it fared; absent of what came back.'),
          result: z
            .enum(['bounce', 'complaint', 'delayed', 'delivered'])
            .optional()
            .describe('Of what came back: what it tells.'),
          smtp_code: z.int().optional().describe("The server's reply code."),
          error: z.string().optional().describe('Why it was refused.'),
          reason: z.string().optional().describe('What the refusal means, in the words of `bounce_reason`.'),
          bounce_type: z.string().optional().describe('Of what came back: `hard` or `soft`.'),
          bounce_code: z.string().optional().describe('Of what came back: the code in the report.'),
          bounce_reason: z.string().optional().describe('Of what came back: why.'),
        }),
      )
      .optional()
      .describe('How each recipient fared; absent where nothing is known of single ones.'),
    sent_ts: seconds('Of `sent`: when the server took it.'),
    error_ts: seconds('Of `error`: when it was given up.'),
    error: z.string().optional().describe('Of `error`: why.'),
    rejected: z
      .literal(true)
      .optional()
      .describe('Of `error`: add-messages rejected it; the id stays usable.'),
    deferred_ts: seconds('Of `deferred`: when it is tried next.'),
    deferred_reason: z.string().optional().describe('Of `deferred`: why.'),
    bounce_ts: seconds('Of `bounce`: when it came back.'),
    bounce_type: z.string().optional().describe('Of `bounce`: `hard` or `soft`.'),
    bounce_code: z.string().optional().describe('Of `bounce`: the code in the report.'),
    bounce_reason: z.string().optional().describe('Of `bounce` and `complaint`: why.'),
    complaint_ts: seconds('Of `complaint`: when a recipient called the mail spam.'),
    delayed_ts: seconds('Of `delayed`: when a server reported that the mail is late.'),
    delivered_ts: seconds('Of `delivered`: when a server reported that the mail arrived.'),
  })
  .openapi('ReportEntry', { description: 'One event of one message.' });

const report = z
  .object({ delivery_report: z.array(entry).describe('Events, the oldest first; may be empty.') })
  .openapi('Report', { description: 'What became of messages.' });

const acknowledgement = z
  .object({
    ok: z.boolean().optional().describe('Not read; the status decides.'),
    queued: z
      .int()
      .optional()
      .describe('Messages that the application has ready; above 0 it is called again at once.'),
    next_sync_after: z
      .number()
      .optional()
      .describe('Not called without events before this time. Unix seconds.'),
    error: z.array(z.string()).optional().describe('Ids of messages that it could not process.'),
    not_found: z.array(z.string()).optional().describe('Ids of messages that it does not know.'),
  })
  .openapi('Acknowledgement', {
    description: 'The answer of the application; any 2xx acknowledges the events.',
  });

export function registerReportWebhook(app: OpenAPIHono<ApiEnv>): void {
  const example = {
    delivery_report: [
      {
        event_id: 2_852_000_000_018,
        event_type: 'sent' as const,
        tenant_id: 'shop',
        id: 'order-4',
        pk: '01M8DC8AJY17SBXF1K87PEDNTX',
        sent_ts: 1_795_745_453,
      },
    ],
  };
  app.openAPIRegistry.registerWebhook({
    method: 'post',
    path: 'deliveryReport',
    operationId: 'deliveryReport',
    tags: ['Messages'],
    summary: 'Tells the application what became of its messages',
    description:
      "POSTed to the tenant's `client_base_url` + `client_sync_path`, with its `client_auth` and, where it has a webhook " +
      'secret, signed as Standard Webhooks has it. Repeated until it is acknowledged.',
    request: { body: { required: true, content: { 'application/json': { schema: report, example } } } },
    responses: {
      200: {
        description: 'The events are acknowledged. Any other 2xx does the same, also without a body.',
        content: { 'application/json': { schema: acknowledgement, example: { ok: true } } },
      },
      410: { description: 'The endpoint is gone: nothing is sent there until the tenant is changed.' },
    },
  });
}
