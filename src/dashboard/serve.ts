// Puts the pages for people and the HTTP API behind one address: each request goes to the one that its path belongs to.
import { buildApi } from '../api/build-api.js';
import type { ApiContext } from '../api/context.js';
import { openFailureLimit } from '../api/middleware/limit-failures.js';
import { buildDashboard } from './build-dashboard.js';
import type { Serve } from './call-api.js';

/**
 * Wrong guesses at the login and in calls count together.
 * @param stopping ends the streams of pages that are watched
 */
export function serveAll(ctx: ApiContext, stopping: AbortSignal): Serve {
  const failures = openFailureLimit(ctx);
  const api = buildApi(ctx, failures);
  const serveApi: Serve = (request, connection) => api.fetch(request, connection);
  if (!ctx.config.dashboard) return serveApi;
  const pages = buildDashboard(ctx, { failures, serveApi, stopping });
  return (request, connection) =>
    isPage(new URL(request.url).pathname) ? pages.fetch(request, connection) : serveApi(request, connection);
}

function isPage(path: string): boolean {
  return /^\/(?:$|login$|logout$|dashboard(?:\/|$))/.test(path);
}
