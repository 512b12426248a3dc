// Routes that show, alter, delete and try out SMTP accounts.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { Fault } from '../../errors.js';
import { resumeQueues } from '../../queue/resume-queues.js';
import { findAccount, listAccounts } from '../../store/accounts/accounts.js';
import { closeBreaker } from '../../store/accounts/breaker.js';
import { deleteAccount, updateAccount } from '../../store/accounts/change.js';
import { findSendingAccounts } from '../../store/accounts/sending-accounts.js';
import type { ApiContext } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { idIn, readBody } from '../middleware/read-request.js';
import { describe, ok } from '../openapi/describe.js';
import { account, accountExample } from '../schemas/account.js';
import { tenantInQuery, tenantQuery } from '../schemas/tenant-in-query.js';
import { accountInput } from './put-account.js';

/** Nothing is required; null puts a default back. */
const accountPatch = accountInput.omit({ id: true, tenant_id: true }).partial();

export function addManageAccountRoutes(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  const path = '/account/{id}';
  describe(app, {
    method: 'get',
    path: '/accounts',
    operationId: 'listAccounts',
    summary: 'The accounts of a tenant, passwords hidden',
    description: 'All of them, in the order of their ids.',
    query: tenantQuery,
    answer: ok.extend({ accounts: z.array(account).describe('In the order of their ids.') }),
    example: { answer: { ok: true, accounts: [accountExample] } },
  });
  app.get('/accounts', async (c) => {
    const tenantId = tenantInQuery(c);
    return c.json({ ok: true, accounts: await listAccounts(ctx, tenantId) });
  });

  const missing = 'The tenant has no account of this id.';
  describe(app, {
    method: 'get',
    path,
    operationId: 'getAccount',
    summary: 'One account',
    description: 'With its settings as they are in force, the password hidden.',
    query: tenantQuery,
    answer: account,
    example: { answer: accountExample },
    refusals: { 404: missing },
  });
  app.get('/account/:id', async (c) => {
    const found = await findAccount(ctx, tenantInQuery(c), idIn(c));
    if (found === undefined) throw noAccount('not_found');
    return c.json(found);
  });

  describe(app, {
    method: 'put',
    path,
    operationId: 'updateAccount',
    summary: 'Alter an account; null clears a setting, what is left out stays',
    description:
      'It takes effect on the next message that is sent, in every process. A password of `***` leaves the password as it is.',
    query: tenantQuery,
    body: accountPatch,
    answer: ok,
    example: { body: { limit_per_hour: 1000, limit_per_day: null }, answer: { ok: true } },
    refusals: { 404: missing },
  });
  app.put('/account/:id', async (c) => {
    const tenantId = tenantInQuery(c);
    const settings = await readBody(c, accountPatch);
    if (!(await updateAccount(ctx, tenantId, idIn(c), settings))) throw noAccount('not_found');
    await resumeQueues(ctx, [{ tenantId, accountId: idIn(c) }]);
    return c.json({ ok: true });
  });

  describe(app, {
    method: 'delete',
    path,
    operationId: 'deleteAccount',
    summary: 'Delete an account',
    description: 'Messages that name it and are not sent yet will fail.',
    query: tenantQuery,
    answer: ok,
    example: { answer: { ok: true } },
    refusals: { 400: missing },
  });
  app.delete('/account/:id', async (c) => {
    const tenantId = tenantInQuery(c);
    // The original's clients know this as a 400.
    if (!(await deleteAccount(ctx, tenantId, idIn(c)))) throw noAccount('bad_request');
    // What waits for it is told so at once.
    await resumeQueues(ctx, [{ tenantId, accountId: idIn(c) }]);
    return c.json({ ok: true });
  });

  describe(app, {
    method: 'post',
    path: '/account/{id}/verify',
    operationId: 'verifyAccount',
    summary: 'Connect and log in, without sending anything',
    description:
      'Answered 200 either way: `ok` says whether the server took the login. It takes as long as the server does, ' +
      'some 20 seconds at most.',
    query: tenantQuery,
    answer: z.object({
      ok: z.boolean().describe('Whether the account works.'),
      error: z.string().optional().describe('Why it does not.'),
    }),
    example: { answer: { ok: false, error: 'The server refuses the user or the password (535)' } },
    refusals: { 404: missing },
  });
  app.post('/account/:id/verify', async (c) => {
    const tenantId = tenantInQuery(c);
    const [found] = await findSendingAccounts(ctx, [{ tenantId, accountId: idIn(c) }]);
    if (found === undefined) throw noAccount('not_found');
    const error = await ctx.verifyAccount(found);
    if (error !== undefined) return c.json({ ok: false, error });
    const owner = { tenantId, accountId: idIn(c) };
    await closeBreaker(ctx, owner);
    await resumeQueues(ctx, [owner]);
    return c.json({ ok: true });
  });
}

function noAccount(code: 'not_found' | 'bad_request'): Fault {
  return new Fault(code, 'account not found or not owned by tenant');
}
