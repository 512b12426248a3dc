// Routes that suspend and activate sending, and that run due work at once.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { Fault } from '../../errors.js';
import { runNow } from '../../queue/run-now.js';
import { wakeOwners } from '../../queue/wake-owners.js';
import { endQuiet } from '../../store/events/sync-times.js';
import { countPending } from '../../store/listing/count-pending.js';
import { releaseDue } from '../../store/schedule/test-mode.js';
import {
  activate,
  activateAccount,
  allBatches,
  schedulerStopped,
  setActive,
  suspend,
  suspendAccount,
  suspendedBatches,
} from '../../store/tenants/suspend.js';
import { askRedis, tellRedis } from '../ask-redis.js';
import type { ApiContext } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { route } from '../openapi/route.js';
import { ok } from '../schemas/ok.js';
import { suspensionBody, suspensionQuery, suspensionTarget } from '../schemas/suspension.js';

const suspension = ok.extend({
  tenant_id: z.string().optional().describe('Whose messages.'),
  batch_code: z.string().optional().describe('The batch that was named.'),
  account_id: z.string().optional().describe('The account that was named.'),
  suspended_batches: z
    .array(z.string())
    .optional()
    .describe('The batches of the tenant that are stopped; `*`: all its messages.'),
  pending_messages: z
    .int()
    .optional()
    .describe('Messages of the tenant, or of the batch or account, that are neither sent nor given up.'),
  active: z.boolean().optional().describe('Without a tenant: whether anything is sent at all.'),
});

/**
 * Stops and starts sending (contract section 6). The admin and tenants may call these routes; with `all`, the admin means
 * the whole installation. Suspensions are stored in the database, so suspend and activate also work while Redis is
 * away. Only `run-now` needs Redis, and is answered 503 without it. A tenant that does not exist is answered 400, as in
 * genro-mail-proxy.
 */
export function addSchedulerRoutes(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  addRunNowRoute(app, ctx);
  addSuspendRoute(app, ctx);
  addActivateRoute(app, ctx);
}

function addRunNowRoute(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  route(
    app,
    {
      method: 'post',
      path: '/commands/run-now',
      operationId: 'runNow',
      summary: 'Look for due messages and overdue reports at once',
      description:
        "With a tenant's token only its own, and its application is called again even if it asked to be left alone until later.",
      answer: ok,
      example: { answer: { ok: true } },
    },
    async ({ caller }) => {
      const tenantId = caller.kind === 'tenant' ? caller.tenantId : undefined;
      // The tenant asks for its own reports, so its application no longer wants to be left alone until later.
      if (tenantId !== undefined) await endQuiet(ctx, tenantId);
      releaseDue(ctx, tenantId);
      await askRedis(ctx, () => runNow(ctx, tenantId));
      // In test mode the queues wait for this.
      if (ctx.config.testMode) await askRedis(ctx, () => wakeOwners(ctx));
      return { ok: true };
    },
  );
}

function addSuspendRoute(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  route(
    app,
    {
      method: 'post',
      path: '/commands/suspend',
      audit: { keeps: ['tenant_id', 'batch_code', 'account_id', 'all'] },
      operationId: 'suspend',
      summary:
        "Stop sending a tenant's messages, or those of one batch or account; as admin with `all=true`, everything",
      description:
        'Once this is answered no message that it is about begins to be sent, in any process; one that is being handed ' +
        'over at this moment still arrives. Messages keep their place and are accepted as before.',
      query: suspensionQuery,
      body: suspensionBody,
      bodyIsOptional: true,
      answer: suspension,
      example: {
        body: { tenant_id: 'shop' },
        answer: { ok: true, tenant_id: 'shop', suspended_batches: ['*'], pending_messages: 17 },
      },
      refusals: {
        400: 'There is no such tenant.',
        403: '`all` with the token of a tenant.',
        404: 'The tenant has no account of this id.',
      },
    },
    async ({ query, body, caller }) => {
      const target = suspensionTarget(caller, query, body);
      if (target === 'everything') {
        await setActive(ctx, false);
        ctx.log.warn({ event: 'scheduler.stopped' }, schedulerStopped);
        return { ok: true, active: false };
      }
      const { tenantId, batchCode, accountId } = target;
      if ((await suspendedBatches(ctx, tenantId)) === undefined)
        throw new Fault('bad_request', 'tenant not found');
      if (accountId === undefined) await suspend(ctx, tenantId, batchCode ?? allBatches);
      else if (!(await suspendAccount(ctx, tenantId, accountId))) throw noAccount();
      return stateOf(ctx, target);
    },
  );
}

function addActivateRoute(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  route(
    app,
    {
      method: 'post',
      path: '/commands/activate',
      audit: { keeps: ['tenant_id', 'batch_code', 'account_id', 'all'] },
      operationId: 'activate',
      summary: 'Undo /commands/suspend',
      description:
        'What has come due meanwhile is sent at once. Activating a tenant activates its batches, and no account that is suspended by itself.',
      query: suspensionQuery,
      body: suspensionBody,
      bodyIsOptional: true,
      answer: suspension,
      example: {
        body: { tenant_id: 'shop' },
        answer: { ok: true, tenant_id: 'shop', suspended_batches: [], pending_messages: 17 },
      },
      refusals: {
        400: 'There is no such tenant, or one batch was named while all are stopped.',
        403: '`all` with the token of a tenant.',
        404: 'The tenant has no account of this id.',
      },
    },
    async ({ query, body, caller }) => {
      const target = suspensionTarget(caller, query, body);
      if (target === 'everything') {
        await setActive(ctx, true);
        ctx.log.warn({ event: 'scheduler.started' }, 'All sending was started by /commands/activate');
        await tellRedis(ctx, () => runNow(ctx));
        return { ok: true, active: true };
      }
      const { tenantId, batchCode, accountId } = target;
      // Activating one batch while all are suspended would be answered `ok` and send nothing, so it is refused.
      const stopped = await suspendedBatches(ctx, tenantId);
      if (stopped === undefined || (batchCode !== undefined && stopped.includes(allBatches))) {
        throw new Fault(
          'bad_request',
          'tenant not found or cannot activate single batch from full suspension',
        );
      }
      if (accountId === undefined) await activate(ctx, tenantId, batchCode ?? allBatches);
      else if (!(await activateAccount(ctx, tenantId, accountId))) throw noAccount();
      await tellRedis(ctx, () => runNow(ctx, tenantId));
      return stateOf(ctx, target);
    },
  );
}

function noAccount(): Fault {
  return new Fault('not_found', 'account not found or not owned by tenant');
}

/** Reads the state again, because another call may have changed it meanwhile. */
async function stateOf(
  ctx: ApiContext,
  { tenantId, ...part }: Exclude<ReturnType<typeof suspensionTarget>, 'everything'>,
) {
  return {
    ok: true as const,
    tenant_id: tenantId,
    ...(part.batchCode !== undefined && { batch_code: part.batchCode }),
    ...(part.accountId !== undefined && { account_id: part.accountId }),
    suspended_batches: (await suspendedBatches(ctx, tenantId)) ?? [],
    pending_messages: await countPending(ctx, tenantId, part),
  };
}
