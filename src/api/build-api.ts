// Builds the HTTP API: the middleware in the order requests pass it, and the routes.
import { OpenAPIHono } from '@hono/zod-openapi';
import { requestId } from 'hono/request-id';
import type { ApiContext } from './context.js';
import { addDownloadRoutes } from './download/download-routes.js';
import { addRevokeLinksRoute } from './download/revoke-links.js';
import { limitCalls } from './limit-calls.js';
import { allowOrigins } from './middleware/allow-origins.js';
import { answerError } from './middleware/answer-error.js';
import { answerUnrouted } from './middleware/answer-unrouted.js';
import { type ApiEnv, authenticate } from './middleware/authenticate.js';
import { limitBody } from './middleware/limit-body.js';
import { limitFailures, openFailureLimit } from './middleware/limit-failures.js';
import { logCommands } from './middleware/log-commands.js';
import { addDocsRoutes } from './openapi/docs-page.js';
import { addAccountRoutes } from './routes/accounts.js';
import { addAddMessagesRoute } from './routes/add-messages.js';
import { addBulkChangeRoutes } from './routes/bulk/bulk-changes.js';
import { addBulkCommandRoutes } from './routes/bulk/bulk-commands.js';
import { addCommandLogRoutes } from './routes/command-log.js';
import { addExplainRoute } from './routes/diagnosis/explain.js';
import { addTraceRoute } from './routes/diagnosis/trace.js';
import { addEventRoutes } from './routes/events.js';
import { addHealthRoutes, addStatusRoute } from './routes/health.js';
import { addInstanceRoutes } from './routes/instance.js';
import { addListMessagesRoute } from './routes/list-messages.js';
import { addMessageRoutes } from './routes/message.js';
import { addMetricsRoute } from './routes/metrics.js';
import { addBounceRoutes } from './routes/returned/bounces.js';
import { addSuppressionRoutes } from './routes/returned/suppressions.js';
import { addRotateSecretsRoute } from './routes/rotate-secrets.js';
import { addSchedulerRoutes } from './routes/scheduler-commands.js';
import { addAccountStateRoutes } from './routes/state/account-states.js';
import { addAttentionRoute } from './routes/state/attention.js';
import { addCloseBreakerRoute } from './routes/state/close-breaker.js';
import { addHistoryRoute } from './routes/state/history.js';
import { addTenantStateRoute } from './routes/state/tenant-state.js';
import { addSyncStatusRoute } from './routes/sync-status.js';
import { addTenantKeyRoutes } from './routes/tenant-keys.js';
import { addTenantRoutes } from './routes/tenants.js';
import { addWebhookSecretRoutes } from './routes/webhook-secrets.js';

/** For a process without the api role, which answers only health and metrics. */
export function buildHealthApi(ctx: ApiContext, failures = openFailureLimit(ctx)): OpenAPIHono<ApiEnv> {
  const app = new OpenAPIHono<ApiEnv>();
  app.use(requestId());
  app.onError((error, c) => answerError(ctx, error, c));
  if (ctx.config.corsOrigins !== undefined) app.use(allowOrigins(ctx.config.corsOrigins));
  app.use(answerUnrouted(app));
  addHealthRoutes(app, ctx);
  app.use('/metrics', limitFailures(failures));
  addMetricsRoute(app, ctx);
  return app;
}

/**
 * The routes of a whole process. Health, metrics and documentation are added first, because they need no token.
 * Everything below passes, in this order: the limit of wrong tokens, authentication, the limit of calls at once, the command log, the limit of
 * bodies. A call that is refused for its body is therefore in the command log.
 */
export function buildApi(ctx: ApiContext, failures = openFailureLimit(ctx)): OpenAPIHono<ApiEnv> {
  const app = buildHealthApi(ctx, failures);
  addDocsRoutes(app);
  addDownloadRoutes(app, ctx);

  app.use(limitFailures(failures));
  app.use(authenticate(ctx));
  app.use(limitCalls(ctx));
  app.use(logCommands(ctx));
  app.use(limitBody(ctx));
  addStatusRoute(app, ctx, ctx.clock.now());
  addTenantRoutes(app, ctx);
  addTenantStateRoute(app, ctx);
  addSyncStatusRoute(app, ctx);
  addTenantKeyRoutes(app, ctx);
  addWebhookSecretRoutes(app, ctx);
  addAccountRoutes(app, ctx);
  addAccountStateRoutes(app, ctx);
  addAttentionRoute(app, ctx);
  addHistoryRoute(app, ctx);
  addCloseBreakerRoute(app, ctx);
  addListMessagesRoute(app, ctx);
  addMessageRoutes(app, ctx);
  addRevokeLinksRoute(app, ctx);
  addBulkCommandRoutes(app, ctx);
  addBulkChangeRoutes(app, ctx);
  addEventRoutes(app, ctx);
  addBounceRoutes(app, ctx);
  addSuppressionRoutes(app, ctx);
  addExplainRoute(app, ctx);
  addTraceRoute(app, ctx);
  addSchedulerRoutes(app, ctx);
  addInstanceRoutes(app, ctx);
  addRotateSecretsRoute(app, ctx);
  addCommandLogRoutes(app, ctx);
  addAddMessagesRoute(app, ctx);
  return app;
}
