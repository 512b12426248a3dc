// Routes that create, show, alter and delete tenants.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { Fault } from '../../errors.js';
import { resumeQueuesOfTenant } from '../../queue/resume-queues.js';
import { promoteReports, reportNow, runNow } from '../../queue/run-now.js';
import { askOnce, removalJob } from '../../queue/sweep-jobs.js';
import { putTenant, updateTenant } from '../../store/tenants/change.js';
import { inFlightByTenant } from '../../store/tenants/concurrency-quotas.js';
import { deleteTenant } from '../../store/tenants/delete.js';
import { findStoredUse, quotasOf } from '../../store/tenants/quotas.js';
import { findTenant, listTenants } from '../../store/tenants/tenants.js';
import { tellRedis } from '../ask-redis.js';
import type { Needs } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { holdAnswer } from '../middleware/hold-answer.js';
import { queryFlag } from '../middleware/read-request.js';
import { noTenant } from '../no-tenant.js';
import { route } from '../openapi/route.js';
import { refuseChange } from '../refuse-change.js';
import { refuseLargeFiles } from '../refuse-large-files.js';
import { refuseUnreachable } from '../refuse-unreachable.js';
import { ok } from '../schemas/ok.js';
import { nextCursor, nextPage, pageAsked, pageQuery } from '../schemas/page.js';
import { tenant, tenantExample, tenantWithQuotas, tenantWithQuotasExample } from '../schemas/tenant.js';
import { tenantQuery } from '../schemas/tenant-in-query.js';
import { tenantAudit, tenantInput, tenantPatch } from '../schemas/tenant-input.js';

const listQuery = pageQuery.extend({
  active_only: queryFlag.describe('Only tenants that are in use.'),
});
const missing = 'There is no such tenant.';

type TenantNeeds = Needs<
  'memory' | 'db' | 'clock' | 'secrets' | 'queues' | 'redis' | 'wakes' | 'log' | 'config' | 'enqueueReport'
>;

/**
 * Tenants (contract section 6). The admin may call all of these routes. A tenant's token reaches only its own tenant, to
 * show or alter it; with the id of any other tenant it is answered 401, whether that tenant exists or not. After a change
 * waiting reports are tried at once, because the endpoint may work now. A change of the limits ends the pauses of the
 * tenant's queues.
 */
export function addTenantRoutes(app: OpenAPIHono<ApiEnv>, ctx: TenantNeeds): void {
  addPutTenantRoute(app, ctx);
  addListTenantsRoute(app, ctx);
  addGetTenantRoute(app, ctx);
  addGetOwnTenantRoute(app, ctx);
  addUpdateTenantRoute(app, ctx);
  addDeleteTenantRoute(app, ctx);
}

function addPutTenantRoute(app: OpenAPIHono<ApiEnv>, ctx: TenantNeeds): void {
  route(
    app,
    {
      method: 'post',
      path: '/tenant',
      audit: tenantAudit,
      operationId: 'putTenant',
      summary: 'Create a tenant, or replace its settings',
      description:
        'A new tenant gets a token, which is shown only in this answer. Replacing puts the default in place of every ' +
        'setting that is left out, and leaves the tokens alone. A change of the base URL, a path, the method or the user ' +
        'needs a stored secret of `client_auth` again, or `client_auth` with null.',
      reach: 'admin',
      body: tenantInput,
      answer: ok.extend({
        api_key: z.string().optional().describe('Only of a new tenant, and only this once.'),
      }),
      example: {
        body: {
          id: 'shop',
          name: 'The shop',
          client_base_url: 'https://shop.example.com',
          client_auth: { method: 'bearer', token: 'what-the-shop-knows-us-by' },
        },
        answer: { ok: true, api_key: 'q3Y0o6m1W8c2n5t9v7x4z1b6d3f8h5j2k9l4p7r0s1E' },
      },
    },
    async ({ body }) => {
      const { id, ...settings } = body;
      refuseLargeFiles(ctx, settings.large_file_config);
      const change = await putTenant(ctx, id, settings);
      if (change.kind === 'being_deleted') {
        const sentence = `Tenant '${id}' was deleted and its messages are still being removed; try again later`;
        throw new Fault('conflict', sentence);
      }
      refuseChange(change);
      const newToken = change.kind === 'done' ? change.newToken : undefined;
      await tellRedis(ctx, () => runNow(ctx, id));
      // A new tenant has no queues that could be paused.
      if (newToken === undefined) await resumeQueuesOfTenant(ctx, id);
      return { ok: true, ...(newToken !== undefined && { api_key: newToken }) };
    },
  );
}

function addListTenantsRoute(app: OpenAPIHono<ApiEnv>, ctx: TenantNeeds): void {
  route(
    app,
    {
      method: 'get',
      path: '/tenants',
      reach: 'admin',
      operationId: 'listTenants',
      summary: 'All tenants',
      description: 'In the order of their ids, secrets hidden; more than 4 MiB on pages.',
      query: listQuery,
      answer: ok.extend({
        tenants: z.array(tenant).describe('In the order of their ids.'),
        next_cursor: nextCursor,
      }),
      example: { answer: { ok: true, tenants: [tenantExample] } },
    },
    async ({ query }, c) => {
      const filter = { ...pageAsked(query), activeOnly: query.active_only ?? false };
      const page = await listTenants(ctx, filter, holdAnswer(ctx, c));
      return { ok: true, tenants: page.entries, ...nextPage(page.nextCursor) };
    },
  );
}

function addGetTenantRoute(app: OpenAPIHono<ApiEnv>, ctx: TenantNeeds): void {
  route(
    app,
    {
      method: 'get',
      path: '/tenant/{id}',
      tenant: 'path',
      operationId: 'getTenant',
      summary: 'One tenant, secrets hidden',
      description:
        "A tenant's token shows its own tenant and no other. `quotas` says what the tenant uses of its quotas.",
      answer: tenantWithQuotas,
      example: { answer: tenantWithQuotasExample },
      refusals: { 404: missing },
    },
    async ({ id }) => showWithQuotas(ctx, id),
  );
}

function addGetOwnTenantRoute(app: OpenAPIHono<ApiEnv>, ctx: TenantNeeds): void {
  route(
    app,
    {
      method: 'get',
      path: '/tenant',
      tenant: 'query',
      operationId: 'getOwnTenant',
      summary: 'The tenant of the token, secrets hidden',
      description: 'As `GET /tenant/{id}`, for a caller that does not know the id of its tenant.',
      query: tenantQuery,
      answer: tenantWithQuotas,
      example: { answer: tenantWithQuotasExample },
      refusals: { 404: missing },
    },
    async ({ tenantId }) => showWithQuotas(ctx, tenantId),
  );
}

function addUpdateTenantRoute(app: OpenAPIHono<ApiEnv>, ctx: TenantNeeds): void {
  route(
    app,
    {
      method: 'put',
      path: '/tenant/{id}',
      audit: tenantAudit,
      tenant: 'path',
      operationId: 'updateTenant',
      summary: 'Alter a tenant; null clears a setting, what is left out stays',
      description:
        'A secret of `***` leaves the secret as it is. A change of the base URL, a path, the method or the user needs a ' +
        'stored secret again, because it sends it elsewhere. With the token of a tenant, fields that only the admin may change ' +
        'have to be left out, or be as they are, and `client_base_url` may be no private address unless ' +
        '`GMP_PRIVATE_NETWORKS` opens its network.',
      body: tenantPatch,
      current: (tenantId) => findTenant(ctx, tenantId),
      answer: ok,
      example: { body: { name: 'The new shop', rate_limits: null }, answer: { ok: true } },
      refusals: { 403: 'It changes a field that only the admin may change.', 404: missing },
    },
    async ({ body: settings, id, caller }) => {
      const isAdmin = caller.kind === 'admin';
      if (!isAdmin) await refuseUnreachable(ctx, id, settings.client_base_url);
      const kept =
        isAdmin || !settings.large_file_config ? undefined : (await findTenant(ctx, id))?.large_file_config;
      refuseLargeFiles(ctx, settings.large_file_config, kept?.storage_url);
      const change = await updateTenant(ctx, id, settings, isAdmin);
      if (change.kind === 'missing') throw noTenant(id);
      refuseChange(change);
      // The change may have mended the endpoint, so waiting reports are tried at once.
      await tellRedis(ctx, () => (settings.active ? runNow(ctx, id) : reportNow(ctx, id)));
      if (settings.rate_limits !== undefined || settings.limits !== undefined)
        await resumeQueuesOfTenant(ctx, id);
      return { ok: true };
    },
  );
}

function addDeleteTenantRoute(app: OpenAPIHono<ApiEnv>, ctx: TenantNeeds): void {
  route(
    app,
    {
      method: 'delete',
      path: '/tenant/{id}',
      reach: 'admin',
      operationId: 'deleteTenant',
      summary: 'Delete a tenant with its accounts, messages, tokens and jobs',
      description:
        'What it has not sent yet will not be sent. Nothing of other tenants is touched. For every caller it is gone when ' +
        'this is answered. Where it has many messages they are removed in the background, a few at a time, and until then ' +
        'a new tenant of the same id is refused with 409.',
      answer: ok,
      example: { answer: { ok: true } },
      refusals: { 404: missing },
    },
    async ({ id: tenantId }) => {
      if (!(await deleteTenant(ctx, tenantId))) throw noTenant(tenantId);
      // A report job that waits for its retry would hold up the reports of a new tenant with the same id.
      await tellRedis(ctx, () => Promise.all([askOnce(ctx, removalJob), promoteReports(ctx, tenantId)]));
      return { ok: true };
    },
  );
}

async function showWithQuotas(ctx: TenantNeeds, id: string) {
  const found = await findTenant(ctx, id);
  if (found === undefined) throw noTenant(id);
  const { max_concurrent_sends, max_concurrent_calls } = quotasOf(ctx, found.limits);
  const { calls, sends } = inFlightByTenant(ctx);
  const quotas = {
    ...(await findStoredUse(ctx, id, found.limits)),
    concurrent_sends: { used: sends.count(id), limit: max_concurrent_sends },
    concurrent_calls: { used: calls.count(id), limit: max_concurrent_calls },
  };
  return { ...found, quotas };
}
