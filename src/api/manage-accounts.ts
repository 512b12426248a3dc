// Routes that show, alter, delete and try out SMTP accounts.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from '../context.js';
import { Fault } from '../errors.js';
import { findAccount, findSendingAccounts, listAccounts } from '../store/accounts.js';
import { deleteAccount, updateAccount } from '../store/change-accounts.js';
import { accountInput } from './accounts.js';
import type { ApiEnv } from './authenticate.js';
import { describe, ok } from './describe.js';
import { idIn, readBody } from './read-request.js';
import { tenantInQuery, tenantQuery } from './tenant-in-query.js';

const account = z.looseObject({ id: z.string(), tenant_id: z.string(), host: z.string() }).openapi('Account');
/** Nothing is required; null puts a default back. */
const accountPatch = accountInput.omit({ id: true, tenant_id: true }).partial();

export function addManageAccountRoutes(app: OpenAPIHono<ApiEnv>, ctx: Context): void {
  const path = '/account/{id}';
  describe(app, {
    method: 'get',
    path: '/accounts',
    summary: 'The accounts of a tenant, passwords hidden',
    query: tenantQuery,
    answer: ok.extend({ accounts: z.array(account) }),
  });
  app.get('/accounts', async (c) => {
    const tenantId = tenantInQuery(c);
    return c.json({ ok: true, accounts: await listAccounts(ctx, tenantId) });
  });

  describe(app, { method: 'get', path, summary: 'One account', query: tenantQuery, answer: account });
  app.get('/account/:id', async (c) => {
    const found = await findAccount(ctx, tenantInQuery(c), idIn(c));
    if (found === undefined) throw noAccount('not_found');
    return c.json(found);
  });

  const summary = 'Alter an account; null clears a setting, what is left out stays';
  describe(app, { method: 'put', path, summary, query: tenantQuery, body: accountPatch, answer: ok });
  app.put('/account/:id', async (c) => {
    const tenantId = tenantInQuery(c);
    const settings = await readBody(c, accountPatch);
    if (!(await updateAccount(ctx, tenantId, idIn(c), settings))) throw noAccount('not_found');
    return c.json({ ok: true });
  });

  describe(app, { method: 'delete', path, summary: 'Delete an account', query: tenantQuery, answer: ok });
  app.delete('/account/:id', async (c) => {
    const tenantId = tenantInQuery(c);
    // The original's clients know this as a 400.
    if (!(await deleteAccount(ctx, tenantId, idIn(c)))) throw noAccount('bad_request');
    return c.json({ ok: true });
  });

  describe(app, {
    method: 'post',
    path: '/account/{id}/verify',
    summary: 'Connect and log in, without sending anything',
    query: tenantQuery,
    answer: z.object({ ok: z.boolean(), error: z.string().optional() }),
  });
  app.post('/account/:id/verify', async (c) => {
    const tenantId = tenantInQuery(c);
    const [found] = await findSendingAccounts(ctx, [{ tenantId, accountId: idIn(c) }]);
    if (found === undefined) throw noAccount('not_found');
    const error = await ctx.transport.verify(found);
    return c.json(error === undefined ? { ok: true } : { ok: false, error });
  });
}

function noAccount(code: 'not_found' | 'bad_request'): Fault {
  return new Fault(code, 'account not found or not owned by tenant');
}
