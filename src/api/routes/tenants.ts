// Routes that show, alter and delete tenants.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { Fault } from '../../errors.js';
import { dropQueues } from '../../queue/remove-queues.js';
import { resumeQueuesOfTenant } from '../../queue/resume-queues.js';
import { promoteReports, tellSoon } from '../../queue/run-now.js';
import { accountIds } from '../../store/accounts/accounts.js';
import { deleteTenant, updateTenant } from '../../store/tenants/change.js';
import { findTenant, listTenants } from '../../store/tenants/tenants.js';
import { tellRedis } from '../ask-redis.js';
import type { Needs } from '../context.js';
import { type ApiEnv, requireAdmin, tenantOf } from '../middleware/authenticate.js';
import { idIn, queryFlag, readBody, readQuery } from '../middleware/read-request.js';
import { describe, ok } from '../openapi/describe.js';
import { tenant, tenantExample } from '../schemas/tenant.js';
import { tenantInput } from './put-tenant.js';

const listQuery = z.object({
  active_only: queryFlag.describe('Only tenants that are in use.'),
});
/** As for creation, but nothing is required and nothing has a default: what is left out stays as it is. */
const tenantPatch = tenantInput
  .omit({ id: true })
  .extend({ active: tenantInput.shape.active.unwrap().optional().describe('Only by the admin.') })
  .partial();

const missing = 'There is no such tenant.';

type TenantNeeds = Needs<
  'db' | 'clock' | 'secrets' | 'queues' | 'redis' | 'log' | 'config' | 'enqueueReport'
>;

export function addManageTenantRoutes(app: OpenAPIHono<ApiEnv>, ctx: TenantNeeds): void {
  describe(app, {
    method: 'get',
    path: '/tenants',
    reach: 'admin',
    operationId: 'listTenants',
    summary: 'All tenants',
    description: 'In the order of their ids, secrets hidden.',
    query: listQuery,
    answer: ok.extend({ tenants: z.array(tenant).describe('In the order of their ids.') }),
    example: { answer: { ok: true, tenants: [tenantExample] } },
  });
  app.get('/tenants', async (c) => {
    requireAdmin(c);
    const { active_only } = readQuery(c, listQuery);
    return c.json({ ok: true, tenants: await listTenants(ctx, active_only ?? false) });
  });

  describe(app, {
    method: 'get',
    path: '/tenant/{id}',
    operationId: 'getTenant',
    summary: 'One tenant, secrets hidden',
    description: "A tenant's token shows its own tenant and no other.",
    answer: tenant,
    example: { answer: tenantExample },
    refusals: { 404: missing },
  });
  app.get('/tenant/:id', async (c) => {
    const id = tenantOf(c, 'query', idIn(c));
    const found = await findTenant(ctx, id);
    if (found === undefined) throw noTenant(id);
    return c.json(found);
  });

  describe(app, {
    method: 'put',
    path: '/tenant/{id}',
    operationId: 'updateTenant',
    summary: 'Alter a tenant; null clears a setting, what is left out stays',
    description:
      'A secret of `***` leaves the secret as it is. Only the admin may say whether the tenant is `active`.',
    body: tenantPatch,
    answer: ok,
    example: { body: { name: 'The new shop', rate_limits: null }, answer: { ok: true } },
    refusals: { 403: '`active` with the token of a tenant.', 404: missing },
  });
  app.put('/tenant/:id', async (c) => {
    const id = tenantOf(c, 'query', idIn(c));
    const { active, ...settings } = await readBody(c, tenantPatch);
    if (active !== undefined) requireAdmin(c);
    if (!(await updateTenant(ctx, id, { ...settings, active }))) throw noTenant(id);
    // What its application would not take before it may take now.
    await tellRedis(ctx, () => tellSoon(ctx, id));
    if (settings.rate_limits !== undefined) await resumeQueuesOfTenant(ctx, id);
    return c.json({ ok: true });
  });

  describe(app, {
    method: 'delete',
    path: '/tenant/{id}',
    reach: 'admin',
    operationId: 'deleteTenant',
    summary: 'Delete a tenant with its accounts, messages, tokens and jobs',
    description: 'What it has not sent yet will not be sent. Nothing of other tenants is touched.',
    answer: ok,
    example: { answer: { ok: true } },
    refusals: { 404: missing },
  });
  app.delete('/tenant/:id', async (c) => {
    requireAdmin(c);
    const tenantId = idIn(c);
    const accounts = await accountIds(ctx, tenantId);
    if (!(await deleteTenant(ctx, tenantId))) throw noTenant(tenantId);
    const owners = [null, ...accounts].map((accountId) => ({ tenantId, accountId }));
    // A report that waits for its next try would hold up those of a tenant that is created under the same name.
    await tellRedis(ctx, () => Promise.all([dropQueues(ctx, owners), promoteReports(ctx, tenantId)]));
    return c.json({ ok: true });
  });
}

export function noTenant(id: string): Fault {
  return new Fault('not_found', /^[\w-]{1,64}$/.test(id) ? `Tenant '${id}' not found` : 'Tenant not found');
}
