// The route that tells how a tenant is doing now.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { toUnixSeconds } from '../../../clock.js';
import { findTenantState, mostCounted, type TenantState } from '../../../store/tenants/tenant-state.js';
import type { Needs } from '../../context.js';
import type { ApiEnv } from '../../middleware/authenticate.js';
import { noTenant } from '../../no-tenant.js';
import { route } from '../../openapi/route.js';
import { ok } from '../../schemas/ok.js';

const reports = z
  .object({
    endpoint: z.string().optional().describe('Where they go; absent: nowhere.'),
    last_sync_ts: z.int().optional().describe('When its application last acknowledged one, Unix seconds.'),
    oldest_unreported_ts: z
      .int()
      .optional()
      .describe('When the oldest event happened that is not acknowledged yet; absent: there is none.'),
    refusal: z
      .object({
        reason: z.string().describe('What it answered, or why it could not be reached.'),
        ts: z.int().describe('When, Unix seconds.'),
      })
      .optional()
      .describe('Why the application did not acknowledge the last report; absent: it did.'),
    quiet_until_ts: z.int().optional().describe('Until when its application asked not to be called.'),
    gone: z.literal(true).optional().describe('Only if its endpoint answered 410 Gone.'),
    fault: z.string().optional().describe('Why mail-proxy itself could not make the last report.'),
  })
  .describe('How the reports to its application are going.');

const answer = ok.extend({
  id: z.string().describe('Of the tenant.'),
  active: z.boolean().describe('Whether it may send.'),
  suspended_batches: z.array(z.string()).describe('The batches that are stopped; `*`: all its messages.'),
  suspended_accounts: z.array(z.string()).describe('The accounts that are stopped by themselves.'),
  reports,
  suppressions: z.int().describe(`Addresses on its suppression list, counted up to ${mostCounted}.`),
});

export function addTenantStateRoute(app: OpenAPIHono<ApiEnv>, ctx: Needs<'db' | 'clock' | 'config'>): void {
  route(
    app,
    {
      method: 'get',
      path: '/tenant/{id}/state',
      tenant: 'path',
      operationId: 'getTenantState',
      summary: 'How a tenant is doing now',
      description: 'What is suspended, how its reports are going, and how long its suppression list is.',
      answer,
      example: {
        answer: {
          ok: true,
          id: 'shop',
          active: true,
          suspended_batches: ['december'],
          suspended_accounts: [],
          reports: { endpoint: 'https://shop.example.com/mail-proxy/sync', last_sync_ts: 1_790_000_000 },
          suppressions: 12,
        },
      },
      refusals: { 404: 'There is no such tenant.' },
    },
    async ({ tenantId }) => {
      const state = await findTenantState(ctx, tenantId);
      if (state === undefined) throw noTenant(tenantId);
      return {
        ok: true,
        id: tenantId,
        active: state.isActive,
        suspended_batches: state.suspendedBatches,
        suspended_accounts: state.suspendedAccounts,
        reports: showReports(state),
        suppressions: state.suppressions,
      };
    },
  );
}

function showReports(state: TenantState): z.output<typeof reports> {
  const { endpoint, lastSyncAt, oldestUnreportedAt, refusal, quietUntil, fault } = state;
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(lastSyncAt !== undefined && { last_sync_ts: toUnixSeconds(lastSyncAt) }),
    ...(oldestUnreportedAt !== undefined && { oldest_unreported_ts: toUnixSeconds(oldestUnreportedAt) }),
    ...(refusal !== undefined && { refusal: { reason: refusal.reason, ts: toUnixSeconds(refusal.at) } }),
    ...(quietUntil !== undefined && { quiet_until_ts: Math.ceil(quietUntil / 1000) }),
    ...(state.isGone && { gone: true as const }),
    ...(fault !== undefined && { fault }),
  };
}
