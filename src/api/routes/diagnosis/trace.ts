// The route that shows what was said to the mail server in the last attempts of a message.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { toUnixSeconds } from '../../../clock.js';
import { Fault } from '../../../errors.js';
import { findTranscripts } from '../../../store/transcripts/transcripts.js';
import type { Needs } from '../../context.js';
import type { ApiEnv } from '../../middleware/authenticate.js';
import { route } from '../../openapi/route.js';
import { ok } from '../../schemas/ok.js';
import { tenantQuery } from '../../schemas/tenant-in-query.js';

const speakers = { C: 'client', S: 'server', '#': 'remark' } as const;

const line = z
  .object({
    by: z
      .enum(['client', 'server', 'remark'])
      .describe('mail-proxy, the mail server, or a remark of mail-proxy.'),
    text: z.string().describe('A command, a line of a reply, or the remark. `***` stands for credentials.'),
  })
  .openapi('TranscriptLine', { description: 'A line of what was said to a mail server.' });

const attempt = z
  .object({
    attempt: z.int().describe('Its number, from 1.'),
    ended_ts: z.int().describe('When it ended, Unix seconds.'),
    lines: z
      .array(line)
      .describe('In order; long replies are cut, and of long conversations the middle is left out.'),
  })
  .openapi('Transcript', { description: 'What was said to the mail server in one attempt.' });

const answer = ok.extend({
  id: z.string().describe('As the application named it.'),
  account_id: z
    .string()
    .optional()
    .describe('The account; absent: the default one, which keeps no transcripts.'),
  keep_transcripts: z.boolean().describe('Whether the account keeps transcripts now.'),
  attempts: z.array(attempt).describe('The last ones that were kept, at most 3, oldest first.'),
});

/** The admin and the tenant itself may call it. */
export function addTraceRoute(app: OpenAPIHono<ApiEnv>, ctx: Needs<'db'>): void {
  route(
    app,
    {
      method: 'get',
      path: '/messages/{id}/trace',
      tenant: 'query',
      summary: 'What was said to the mail server in the last attempts',
      description:
        'The SMTP conversation, where the account has `keep_transcripts`: commands and replies, without credentials and ' +
        'without the mail itself. What a server says that is no SMTP reply is not shown.',
      operationId: 'traceMessage',
      query: tenantQuery,
      answer,
      refusals: { 404: 'The tenant has no such message.' },
      example: {
        answer: {
          ok: true,
          id: 'order-1',
          account_id: 'main',
          keep_transcripts: true,
          attempts: [
            {
              attempt: 1,
              ended_ts: 1_790_000_042,
              lines: [
                { by: 'client', text: 'RCPT TO:<ann@example.org>' },
                { by: 'server', text: '550 5.1.1 No such user' },
              ],
            },
          ],
        },
      },
    },
    async ({ id, tenantId }) => {
      const found = await findTranscripts(ctx, tenantId, id);
      if (found === undefined) throw new Fault('not_found', 'message not found');
      const { accountId, areKept, attempts } = found;
      return {
        ok: true,
        id,
        ...(accountId !== null && { account_id: accountId }),
        keep_transcripts: areKept,
        attempts: attempts.map(({ attempt: number, at, lines }) => ({
          attempt: number,
          ended_ts: toUnixSeconds(at),
          lines: lines.split('\n').map(showLine),
        })),
      };
    },
  );
}

function showLine(stored: string) {
  const [speaker = '#'] = stored;
  return { by: speakers[speaker as keyof typeof speakers] ?? speakers['#'], text: stored.slice(3) };
}
