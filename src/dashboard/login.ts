// Lets people in: with the admin token, a tenant's token, or user and password of the settings, and keeps them in a session.
import type { Hono, Context as HttpContext, MiddlewareHandler } from 'hono';
import { deleteCookie, getSignedCookie, setSignedCookie } from 'hono/cookie';
import type { ApiContext } from '../api/context.js';
import { type ApiEnv, type Caller, findCaller } from '../api/middleware/authenticate.js';
import { exactAddress } from '../api/middleware/caller-address.js';
import type { FailureLimit } from '../api/middleware/limit-failures.js';
import { Fault } from '../errors.js';
import { hashToken, sameHash } from '../secrets.js';
import { endSession, findCredentials, findSession, startSession } from '../store/instance/sessions.js';
import { loginPage } from './pages/login.js';
import type { Assets } from './serve-assets.js';

const cookieName = 'mail-proxy-session';

interface LoginParts {
  failures: FailureLimit;
  assets: Assets;
}

export function addLoginRoutes(app: Hono<ApiEnv>, ctx: ApiContext, { failures, assets }: LoginParts): void {
  const show = (next: string, error?: string) =>
    loginPage({ assets, withPassword: ctx.config.dashboardUser !== undefined, next, error });
  app.get('/login', (c) => c.html(show(nextOf(c.req.query('next')))));
  app.post('/login', async (c) => {
    const form = await c.req.parseBody();
    const text = (name: string) => String(form[name] ?? '').trim();
    const next = nextOf(text('next'));
    const fail = (error: string, status: 401 | 429) => c.html(show(next, error), status);
    const typed = text('user') === '' ? text('token') : userCredential(text('user'), text('password'));
    if (typed === '') return fail('Type a token', 401);
    try {
      const credential = hashToken(typed);
      const tell = failures.admit(c, credential);
      const caller = await callerOf(ctx, credential);
      tell(caller !== undefined);
      noteLogin(ctx, c, caller);
      if (caller === undefined) return fail('That is unknown, or has expired', 401);
      await keepCookie(ctx, c, await startSession(ctx, credential));
      return c.redirect(next, 303);
    } catch (error) {
      if (error instanceof Fault && error.code === 'too_many_requests') return fail(error.message, 429);
      throw error;
    }
  });
  app.post('/logout', async (c) => {
    const id = await sessionIn(ctx, c);
    if (id) await endSession(ctx, id);
    deleteCookie(c, cookieName, { path: '/' });
    return c.redirect('/login', 303);
  });
}

/** Every page that is added after this needs a session, and finds who is logged in as `caller`. */
export function requireLogin(ctx: ApiContext): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const id = await sessionIn(ctx, c);
    const credential = id ? await findSession(ctx, id) : undefined;
    const caller = credential === undefined ? undefined : await callerOf(ctx, credential);
    if (caller === undefined) return askToLogIn(c);
    c.set('caller', caller);
    await next();
  };
}

/** The session of the cookie, which may have ended; undefined where there is none that we have signed. */
export async function sessionIn(ctx: ApiContext, c: HttpContext<ApiEnv>): Promise<string | undefined> {
  return (await getSignedCookie(c, cookieKey(ctx), cookieName)) || undefined;
}

/** Which of these sessions go on. To ask is no use of them, so that a page left open does not keep one alive. */
export async function findLastingSessions(ctx: ApiContext, ids: string[]): Promise<Set<string>> {
  const credentials = await findCredentials(ctx, ids);
  const valid = new Set<string>();
  for (const credential of new Set(credentials.values()))
    if ((await callerOf(ctx, credential)) !== undefined) valid.add(credential);
  return new Set(ids.filter((id) => valid.has(credentials.get(id) ?? '')));
}

/** A browser that asks for a page is led to the login and back; a script is told. */
function askToLogIn(c: HttpContext<ApiEnv>): Response {
  const { pathname, search } = new URL(c.req.url);
  if (c.req.method === 'GET' && (c.req.header('accept') ?? '').includes('text/html'))
    return c.redirect(`/login?next=${encodeURIComponent(pathname + search)}`, 303);
  return c.json({ detail: 'Log in at /login' }, 401);
}

/** A session ends with what it was opened with: a token that was replaced, or a password that was changed. */
async function callerOf(ctx: ApiContext, credential: string): Promise<Caller | undefined> {
  const { dashboardUser, dashboardPassword } = ctx.config;
  if (dashboardUser !== undefined && dashboardPassword !== undefined) {
    const known = hashToken(userCredential(dashboardUser, dashboardPassword));
    if (sameHash(known, credential)) return { kind: 'admin' };
  }
  return findCaller(ctx, credential);
}

/** No token has a line break, so none equals a user and password. */
function userCredential(user: string, password: string): string {
  return `${user}\n${password}`;
}

async function keepCookie(ctx: ApiContext, c: HttpContext<ApiEnv>, id: string): Promise<void> {
  const { trustProxy, dashboardSessionSeconds } = ctx.config;
  await setSignedCookie(c, cookieName, id, cookieKey(ctx), {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    secure: trustProxy > 0 && c.req.header('x-forwarded-proto') === 'https',
    maxAge: dashboardSessionSeconds,
  });
}

function cookieKey(ctx: ApiContext): string {
  return ctx.secrets.fingerprint('the cookie of a session');
}

function noteLogin(ctx: ApiContext, c: HttpContext<ApiEnv>, caller: Caller | undefined): void {
  const address = exactAddress(c, ctx.config.trustProxy);
  if (caller === undefined) ctx.log.warn({ event: 'login.refused', address }, 'A login was refused');
  else ctx.log.info({ event: 'login.granted', address, caller: caller.kind }, 'Somebody logged in');
}

/** Only a page of ours, so that a link to the login leads nowhere else afterwards. */
function nextOf(path: string | undefined): string {
  return path !== undefined && /^\/(?:\?|$|dashboard(?:[/?]|$))/.test(path) ? path : '/';
}
