// The route that closes the circuit breaker of an account.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { identifier } from '../../../accept/identifier.js';
import { Fault } from '../../../errors.js';
import { resumeQueues } from '../../../queue/resume-queues.js';
import { findAccount } from '../../../store/accounts/accounts.js';
import { closeBreaker } from '../../../store/accounts/breaker.js';
import type { ApiContext } from '../../context.js';
import type { ApiEnv } from '../../middleware/authenticate.js';
import { route } from '../../openapi/route.js';
import { ok } from '../../schemas/ok.js';
import { tenantQuery } from '../../schemas/tenant-in-query.js';

const accountId = identifier(255)
  .optional()
  .describe("Which account; absent: the installation's, as far as this tenant uses it.");

/** For an operator who knows that the server takes mail again. Without a login to try, unlike `verifyAccount`. */
export function addCloseBreakerRoute(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  route(
    app,
    {
      method: 'post',
      path: '/commands/close-breaker',
      audit: { keeps: ['tenant_id', 'account_id'] },
      tenant: 'query',
      operationId: 'closeBreaker',
      summary: 'Try the server of an account again at once',
      description:
        'The circuit breaker of the account closes, and its messages are sent. It opens again if the server still refuses the account.',
      query: tenantQuery.extend({ account_id: accountId }),
      answer: ok.extend({ closed: z.boolean().describe('Whether it was open, or half open.') }),
      example: { answer: { ok: true, closed: true } },
      refusals: { 404: 'The tenant has no account of this id.' },
    },
    async ({ tenantId, query: { account_id = null } }) => {
      const owner = { tenantId, accountId: account_id };
      if (account_id !== null && (await findAccount(ctx, tenantId, account_id)) === undefined)
        throw new Fault('not_found', 'account not found or not owned by tenant');
      const closed = await closeBreaker(ctx, owner);
      await resumeQueues(ctx, [owner]);
      return { ok: true, closed };
    },
  );
}
