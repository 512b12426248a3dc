// Builds the pages for people: everything but the login and the assets needs a session.
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import { requestId } from 'hono/request-id';
import type { ApiContext } from '../api/context.js';
import { answerError } from '../api/middleware/answer-error.js';
import type { ApiEnv } from '../api/middleware/authenticate.js';
import type { FailureLimit } from '../api/middleware/limit-failures.js';
import { addAccountPage } from './accounts/account.js';
import { addAccountsPage } from './accounts/accounts.js';
import { addConfirmPages } from './accounts/confirm.js';
import { addTenantPage } from './accounts/tenant.js';
import { addTenantsPage } from './accounts/tenants.js';
import { openApiCalls, type Serve } from './call-api.js';
import { addLiveRoute } from './live/live-route.js';
import { addLoginRoutes, requireLogin } from './login.js';
import { addChangePage } from './pages/bulk/change.js';
import { addProgressPage } from './pages/bulk/progress.js';
import { addMessagePage } from './pages/message.js';
import { addMessagesPage } from './pages/messages.js';
import { addOverview } from './pages/overview.js';
import { addQueuesRoute } from './queues/queues-route.js';
import { addAssetRoutes, readAssets } from './serve-assets.js';
import { addAccountStep } from './setup/account-step.js';
import { addMailStep } from './setup/mail-step.js';
import { addTenantStep } from './setup/tenant-step.js';

/**
 * Scripts and styles come from files of our own alone, so that text of a mail or a server that got into a page would not
 * run.
 */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Of a form. Nobody need have logged in to send one. */
const mostBytes = 64 * 1024;

interface DashboardParts {
  failures: FailureLimit;
  /** Answers calls of the API, which the pages make as whoever is logged in. */
  serveApi: Serve;
  /** Ends the streams of pages that are watched. */
  stopping: AbortSignal;
}

export function buildDashboard(
  ctx: ApiContext,
  { failures, serveApi, stopping }: DashboardParts,
): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  const assets = readAssets();
  const callApi = openApiCalls(serveApi);
  app.onError((error, c) =>
    error instanceof HTTPException && error.status === 403
      ? c.json({ detail: 'The form was sent from another site' }, 403)
      : answerError(ctx, error, c),
  );
  app.notFound((c) => c.json({ detail: 'There is no such page; / shows where to go' }, 404));
  app.use(requestId());
  app.use(async (c, next) => {
    c.header('Content-Security-Policy', pagePolicy);
    await next();
  });
  // Beside SameSite=Strict of the cookie, which a page of a sibling domain gets round.
  app.use(csrf());
  app.use(
    bodyLimit({
      maxSize: mostBytes,
      onError: (c) => c.json({ detail: `The form is larger than ${mostBytes} bytes` }, 413),
    }),
  );
  addAssetRoutes(app, assets);
  addLoginRoutes(app, ctx, { failures, assets });
  app.use(requireLogin(ctx));
  const parts = { callApi, assets };
  addOverview(app, ctx, parts);
  addLiveRoute(app, ctx, stopping);
  addMessagesPage(app, ctx, parts);
  addMessagePage(app, ctx, parts);
  addChangePage(app, parts);
  addProgressPage(app, parts);
  addAccountsPage(app, parts);
  addAccountPage(app, parts);
  addTenantsPage(app, parts);
  addTenantPage(app, parts);
  addConfirmPages(app, parts);
  addTenantStep(app, parts);
  addAccountStep(app, parts);
  addMailStep(app, parts);
  addQueuesRoute(app, ctx, parts);
  return app;
}
