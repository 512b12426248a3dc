// Routes that stop and start sending, and have it go on at once.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { identifier, lineOfText } from '../accept/identifier.js';
import type { Context } from '../context.js';
import { runNow } from '../enqueue/run-now.js';
import { Fault } from '../errors.js';
import { activate, allBatches, setActive, suspend, suspendedBatches } from '../store/suspend.js';
import { countPending } from '../store/sweep-messages.js';
import { endQuiet } from '../store/sync-times.js';
import { askRedis, tellRedis } from './ask-redis.js';
import { type ApiEnv, tenantOf } from './authenticate.js';
import { describe, ok } from './describe.js';
import { readQuery } from './read-request.js';

const query = z.object({
  tenant_id: lineOfText(255).optional(),
  batch_code: identifier(64).optional(),
});
const suspension = ok.extend({
  tenant_id: z.string().optional(),
  batch_code: z.string().optional(),
  suspended_batches: z.array(z.string()).optional(),
  pending_messages: z.int().optional(),
  active: z.boolean().optional().describe('Without a tenant: whether anything is sent at all.'),
});

export function addSchedulerRoutes(app: OpenAPIHono<ApiEnv>, ctx: Context): void {
  describe(app, {
    method: 'post',
    path: '/commands/run-now',
    summary: 'Look for due messages and overdue reports at once',
    answer: ok,
  });
  app.post('/commands/run-now', async (c) => {
    const caller = c.get('caller');
    const tenantId = caller.kind === 'tenant' ? caller.tenantId : undefined;
    if (tenantId !== undefined) await endQuiet(ctx, tenantId);
    await askRedis(ctx, () => runNow(ctx, tenantId));
    return c.json({ ok: true });
  });

  describe(app, {
    method: 'post',
    path: '/commands/suspend',
    summary: "Stop sending a tenant's messages, or those of one batch; as admin without a tenant, everything",
    query,
    answer: suspension,
  });
  app.post('/commands/suspend', async (c) => {
    const { tenant_id, batch_code } = readQuery(c, query);
    if (c.get('caller').kind === 'admin' && tenant_id === undefined) {
      await setActive(ctx, false);
      return c.json({ ok: true, active: false });
    }
    const tenantId = tenantOf(c, 'query', tenant_id);
    if ((await suspendedBatches(ctx, tenantId)) === undefined)
      throw new Fault('bad_request', 'tenant not found');
    await suspend(ctx, tenantId, batch_code ?? allBatches);
    return c.json(await stateOf(ctx, tenantId, batch_code));
  });

  describe(app, {
    method: 'post',
    path: '/commands/activate',
    summary: 'Undo /commands/suspend',
    query,
    answer: suspension,
  });
  app.post('/commands/activate', async (c) => {
    const { tenant_id, batch_code } = readQuery(c, query);
    if (c.get('caller').kind === 'admin' && tenant_id === undefined) {
      await setActive(ctx, true);
      await tellRedis(ctx, () => runNow(ctx));
      return c.json({ ok: true, active: true });
    }
    const tenantId = tenantOf(c, 'query', tenant_id);
    const stopped = await suspendedBatches(ctx, tenantId);
    if (stopped === undefined || (batch_code !== undefined && stopped.includes(allBatches))) {
      throw new Fault('bad_request', 'tenant not found or cannot activate single batch from full suspension');
    }
    await activate(ctx, tenantId, batch_code ?? allBatches);
    await tellRedis(ctx, () => runNow(ctx, tenantId));
    return c.json(await stateOf(ctx, tenantId, batch_code));
  });
}

async function stateOf(ctx: Context, tenantId: string, batchCode: string | undefined) {
  return {
    ok: true,
    tenant_id: tenantId,
    ...(batchCode !== undefined && { batch_code: batchCode }),
    suspended_batches: (await suspendedBatches(ctx, tenantId)) ?? [],
    pending_messages: await countPending(ctx, tenantId, batchCode),
  };
}
