// Routes of SMTP accounts.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { hostName } from '../accept/host-name.js';
import { identifier, lineOfText } from '../accept/identifier.js';
import type { Needs } from '../context.js';
import { Fault } from '../errors.js';
import { putAccount } from '../store/change-accounts.js';
import { tenantExists } from '../store/tenants.js';
import { type ApiEnv, tenantOf } from './authenticate.js';
import { describe, ok } from './describe.js';
import { readBody } from './read-request.js';

const limit = z.int().min(0).max(1_000_000_000).nullish();

export const accountInput = z
  .object({
    id: identifier(255),
    tenant_id: lineOfText(255).nullish(),
    host: hostName,
    port: z.int().min(1).max(65_535),
    user: lineOfText(1000).nullish(),
    password: lineOfText(10_000).nullish(),
    use_tls: z.boolean().nullish(),
    ttl: z
      .int()
      .min(1)
      .max(86_400)
      .nullish()
      .describe('Seconds a connection is used for at most; 300 unless set.'),
    limit_per_minute: limit,
    limit_per_hour: limit,
    limit_per_day: limit,
    limit_behavior: z
      .enum(['defer', 'reject'])
      .nullish()
      .describe('What a full limit does; defer unless set.'),
    spread: z
      .boolean()
      .nullish()
      .describe(
        "Whether a minute's allowance is spread over the minute instead of used at once; false unless set.",
      ),
    batch_size: z.int().min(1).max(1_000_000).nullish().describe('Messages over one connection at most.'),
    on_in_doubt: z
      .enum(['resend', 'hold'])
      .nullish()
      .describe('What becomes of a mail of which nobody knows whether it left; resend unless set.'),
  })
  .openapi('AccountInput', {
    example: { id: 'main', tenant_id: 'shop', host: 'smtp.example.com', port: 587 },
  });

export function addAccountRoutes(app: OpenAPIHono<ApiEnv>, ctx: Needs<'db' | 'clock' | 'secrets'>): void {
  describe(app, {
    method: 'post',
    path: '/account',
    summary: 'Create an SMTP account, or replace it',
    body: accountInput,
    answer: ok,
  });
  app.post('/account', async (c) => {
    const { id, tenant_id, ...settings } = await readBody(c, accountInput);
    const tenantId = tenantOf(c, 'body', tenant_id);
    if (!(await tenantExists(ctx, tenantId))) throw new Fault('not_found', 'tenant not found');
    await putAccount(ctx, tenantId, id, settings);
    return c.json({ ok: true });
  });
}
