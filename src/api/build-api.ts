// The HTTP API as a whole: what every request passes, and the routes.
import { OpenAPIHono } from '@hono/zod-openapi';
import { requestId } from 'hono/request-id';
import type { Context } from '../context.js';
import { addAccountRoutes } from './accounts.js';
import { addAddMessagesRoute } from './add-messages.js';
import { allowOrigins } from './allow-origins.js';
import { answerError } from './answer-error.js';
import { answerUnrouted } from './answer-unrouted.js';
import { type ApiEnv, authenticate } from './authenticate.js';
import { addCommandLogRoutes } from './command-log.js';
import { addDocsRoutes } from './docs-page.js';
import { addEventRoutes } from './events.js';
import { addExplainRoute } from './explain.js';
import { addHealthRoutes, addStatusRoute } from './health.js';
import { addInstanceRoutes } from './instance.js';
import { limitBody } from './limit-body.js';
import { limitFailures } from './limit-failures.js';
import { logCommands } from './log-commands.js';
import { addManageAccountRoutes } from './manage-accounts.js';
import { addManageMessageRoutes } from './manage-messages.js';
import { addManageTenantRoutes } from './manage-tenants.js';
import { addMessageRoutes } from './messages.js';
import { addMetricsRoute } from './metrics.js';
import { addRotateSecretsRoute } from './rotate-secrets.js';
import { addSchedulerRoutes } from './scheduler-commands.js';
import { addSyncStatusRoute } from './sync-status.js';
import { addTenantKeyRoutes } from './tenant-keys.js';
import { addTenantRoutes } from './tenants.js';
import { addWebhookSecretRoutes } from './webhook-secrets.js';

/** What a process without the api role answers: only how it is doing. */
export function buildHealthApi(ctx: Context, slowGuessing = limitFailures(ctx)): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>();
  app.use(requestId());
  app.onError((error, c) => answerError(ctx, error, c));
  if (ctx.config.corsOrigins !== undefined) app.use(allowOrigins(ctx.config.corsOrigins));
  app.use(answerUnrouted(app));
  addHealthRoutes(app, ctx);
  app.use('/metrics', slowGuessing);
  addMetricsRoute(app, ctx);
  return app;
}

export function buildApi(ctx: Context): OpenAPIHono<ApiEnv> {
  const slowGuessing = limitFailures(ctx);
  const app = buildHealthApi(ctx, slowGuessing);
  addDocsRoutes(app);

  app.use(slowGuessing);
  app.use(authenticate(ctx));
  app.use(logCommands(ctx));
  app.use(limitBody(ctx));
  addStatusRoute(app, ctx, ctx.clock.now());
  addTenantRoutes(app, ctx);
  addManageTenantRoutes(app, ctx);
  addSyncStatusRoute(app, ctx);
  addTenantKeyRoutes(app, ctx);
  addWebhookSecretRoutes(app, ctx);
  addAccountRoutes(app, ctx);
  addManageAccountRoutes(app, ctx);
  addMessageRoutes(app, ctx);
  addManageMessageRoutes(app, ctx);
  addEventRoutes(app, ctx);
  addExplainRoute(app, ctx);
  addSchedulerRoutes(app, ctx);
  addInstanceRoutes(app, ctx);
  addRotateSecretsRoute(app, ctx);
  addCommandLogRoutes(app, ctx);
  addAddMessagesRoute(app, ctx);
  return app;
}
