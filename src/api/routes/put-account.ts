// Routes of SMTP accounts.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { hostName } from '../../accept/host-name.js';
import { identifier, lineOfText } from '../../accept/identifier.js';
import { Fault } from '../../errors.js';
import { resumeQueues } from '../../queue/resume-queues.js';
import { putAccount } from '../../store/accounts/change.js';
import type { Needs } from '../context.js';
import { type ApiEnv, tenantOf } from '../middleware/authenticate.js';
import { readBody } from '../middleware/read-request.js';
import { describe, ok } from '../openapi/describe.js';

const limit = (per: string) =>
  z
    .int()
    .min(0)
    .max(1_000_000_000)
    .nullish()
    .describe(`Messages a ${per} at most; 0, null or absent: any number.`);

export const accountInput = z
  .object({
    id: identifier(255).describe('What the tenant calls the account; unique within the tenant.'),
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
    ttl: z
      .int()
      .min(1)
      .max(86_400)
      .nullish()
      .describe('Seconds a connection is used for at most; 300 unless set.'),
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
      .describe('Messages over one connection at most; null or absent: any number.'),
    on_in_doubt: z
      .enum(['resend', 'hold'])
      .nullish()
      .describe(
        'What becomes of a mail of which nobody knows whether it left: sent again, or given up as an error; resend unless set.',
      ),
  })
  .openapi('AccountInput', {
    description: 'An SMTP account, as it is set up.',
    example: { id: 'main', tenant_id: 'shop', host: 'smtp.example.com', port: 587 },
  });

export function addAccountRoutes(
  app: OpenAPIHono<ApiEnv>,
  ctx: Needs<'db' | 'clock' | 'secrets' | 'redis' | 'config' | 'log'>,
): void {
  describe(app, {
    method: 'post',
    path: '/account',
    operationId: 'putAccount',
    summary: 'Create an SMTP account, or replace it',
    description:
      'Replacing puts the default in place of every setting that is left out. It takes effect on the next message that ' +
      'is sent, in every process.',
    body: accountInput,
    answer: ok,
    example: {
      body: {
        id: 'main',
        tenant_id: 'shop',
        host: 'smtp.example.com',
        port: 587,
        user: 'shop',
        password: 'correct horse battery staple',
        limit_per_hour: 500,
      },
      answer: { ok: true },
    },
    refusals: { 404: 'There is no such tenant.' },
  });
  app.post('/account', async (c) => {
    const { id, tenant_id, ...settings } = await readBody(c, accountInput);
    const tenantId = tenantOf(c, 'body', tenant_id);
    if (!(await putAccount(ctx, tenantId, id, settings))) throw new Fault('not_found', 'tenant not found');
    await resumeQueues(ctx, [{ tenantId, accountId: id }]);
    return c.json({ ok: true });
  });
}
