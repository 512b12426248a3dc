// Logs every call that changes something or tried to: who made it and how it was answered. Never delays or fails a call.
import type { Context as HttpContext, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { Command } from '../../store/instance/command-log.js';
import type { Needs } from '../context.js';
import type { ApiEnv } from './authenticate.js';
import { exactAddress } from './caller-address.js';
import { commandName } from './command-names.js';
import { keepFields } from './keep-fields.js';

/** Methods that change something. Reading calls are not logged. */
const changing = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const longestPath = 2000;

/** Comes after authentication, because the log names the caller. */
export function logCommands(
  ctx: Needs<'clock' | 'config' | 'log' | 'commandLog'>,
): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const at = ctx.clock.now();
    await next();
    if (!changing.has(c.req.method)) return;
    try {
      ctx.commandLog.add(commandOf(c, at, ctx.config.trustProxy));
    } catch (error) {
      ctx.log.error(
        { event: 'command_log.failed', err: error },
        'A call could not be written to the command log',
      );
    }
  };
}

function commandOf(c: HttpContext<ApiEnv>, at: number, proxies: number): Command {
  const caller = c.get('caller');
  const query = c.req.query();
  const route = matchedRoutes(c).findLast(({ method }) => method !== 'ALL')?.path ?? '';
  const { pathname } = new URL(c.req.url);
  // A call that was refused before its route could read it has no fields in the log.
  const audit = c.get('audit') ?? {};
  return {
    at,
    endpoint: commandName(c.req.method, route),
    method: c.req.method,
    path: keptPath(route, pathname).slice(0, longestPath),
    query: Object.keys(query).length === 0 ? null : keepFields(audit, query, undefined),
    tenantId:
      caller.kind === 'tenant' ? caller.tenantId : namedTenant(route, pathname, query, c.get('given')),
    caller: caller.kind,
    tokenName: caller.kind === 'tenant' ? caller.tokenName : null,
    address: exactAddress(c, proxies),
    payload: keepFields(audit, query, c.get('given')),
    status: c.res.status,
  };
}

/** The path with its ids. What else stands in a path, such as a token, is left out. */
function keptPath(route: string, path: string): string {
  const parts = path.split('/');
  return route
    .split('/')
    .map((part, at) => (part === ':id' ? (parts[at] ?? part) : part))
    .join('/');
}

/** The tenant that a call of the admin is about; null when it names none, or several. */
function namedTenant(
  route: string,
  path: string,
  query: Record<string, string>,
  given: unknown,
): string | null {
  const body = typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {};
  const { tenant_id, messages, id } = body;
  const named = [
    query.tenant_id,
    tenant_id,
    route === '/tenant' ? id : undefined,
    route.startsWith('/tenant/') ? path.split('/')[2] : undefined,
    Array.isArray(messages) ? tenantOfAll(messages) : undefined,
  ].find((name) => typeof name === 'string' && name !== '');
  return typeof named === 'string' ? named.slice(0, 255) : null;
}

/** The tenant that all messages of a call name; undefined when they name several. */
function tenantOfAll(messages: unknown[]): unknown {
  const tenants = new Set(
    messages.map((one) =>
      typeof one === 'object' && one !== null ? Reflect.get(one, 'tenant_id') : undefined,
    ),
  );
  return tenants.size === 1 ? [...tenants][0] : undefined;
}
