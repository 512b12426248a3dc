// Finds out who is calling (contract section 1), and checks what the caller may reach.
import type { HttpBindings } from '@hono/node-server';
import type { Context as HttpContext, MiddlewareHandler } from 'hono';
import type { LiftedContents } from '../../accept/attachments/check-attachments.js';
import { Fault } from '../../errors.js';
import type { HeldPayload } from '../../memory.js';
import { hashToken, sameHash } from '../../secrets.js';
import { findAdminTokenHash } from '../../store/instance/instance.js';
import { isTenant } from '../../store/tenants/delete.js';
import { findToken } from '../../store/tenants/tokens.js';
import type { Needs } from '../context.js';
import { Misfit } from './answer-error.js';
import type { Audit } from './keep-fields.js';

export type Caller = { kind: 'admin' } | { kind: 'tenant'; tenantId: string; tokenName: string };

export interface ApiEnv {
  Bindings: HttpBindings & {
    /** Who is logged in to the pages, which call the API within the process. */
    loggedIn?: Caller;
  };
  Variables: {
    requestId: string;
    caller: Caller;
    /** Whether there is such a tenant. One that is being removed is not there. */
    isTenant(tenantId: string): Promise<boolean>;
    /** The body as it was received, but for what was taken out; absent: the call has none. */
    body?: Buffer;
    /** Contents of attachments that were taken out of the body. */
    lifted?: LiftedContents | undefined;
    /** SHA-256 of the body as it was received, where the call has an `Idempotency-Key`. */
    bodyHash?: string | undefined;
    /** The room for a large answer. */
    held?: HeldPayload;
    /** The parsed body, once it was read. */
    given?: unknown;
    /** What the command log keeps of the call, once its route has taken it. */
    audit?: Audit;
  };
}

type CallerNeeds = Needs<'db' | 'clock' | 'config' | 'tokenUse'>;

const noToken = 'The call has no token; send it in the header X-API-Token, or in Authorization: Bearer';
const wrongToken =
  'The token in the header X-API-Token, or in Authorization: Bearer, is unknown or has expired';

/** Admits calls with a valid token, in `X-API-Token` or `Authorization: Bearer`. */
export function authenticate(ctx: CallerNeeds): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    c.set('isTenant', (tenantId) => isTenant(ctx, tenantId));
    c.set('caller', c.env.loggedIn ?? (await callerOf(ctx, tokenIn(c))));
    await next();
  };
}

/** The token of a call; undefined when the call has none. */
export function tokenIn(c: HttpContext): string | undefined {
  return c.req.header('x-api-token') || /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1];
}

async function callerOf(ctx: CallerNeeds, token: string | undefined): Promise<Caller> {
  if (token === undefined) throw new Fault('unauthenticated', noToken);
  const caller = await findCaller(ctx, hashToken(token));
  if (caller === undefined) throw new Fault('unauthenticated', wrongToken);
  return caller;
}

/** @returns undefined when no valid token has this hash */
export async function findCaller(ctx: CallerNeeds, hash: string): Promise<Caller | undefined> {
  // Comparing with the setting costs no query. Of the two queries, the one for tenants comes first: tenants call more often.
  const atHand = ctx.config.apiToken !== undefined;
  if (atHand && (await isAdminToken(ctx, hash))) return { kind: 'admin' };
  const known = await findToken(ctx, hash);
  if (known !== undefined) {
    ctx.tokenUse.note(known);
    return { kind: 'tenant', tenantId: known.tenantId, tokenName: known.name };
  }
  return !atHand && (await isAdminToken(ctx, hash)) ? { kind: 'admin' } : undefined;
}

/** Whether this is the hash of the admin token: of the one in the settings, else of the current one in the database. */
export async function isAdminToken(ctx: Needs<'db' | 'config'>, hash: string): Promise<boolean> {
  const { apiToken } = ctx.config;
  const known = apiToken === undefined ? await findAdminTokenHash(ctx) : hashToken(apiToken);
  return known !== null && sameHash(hash, known);
}

/** @throws Fault `forbidden` */
export function requireAdmin(caller: Caller): void {
  if (caller.kind === 'admin') return;
  throw new Fault('forbidden', 'Admin token required, tenant tokens not allowed for this operation');
}

/**
 * The tenant a call is about. A tenant's token may name only its own tenant, and means it when the call names none.
 * @param where `body` or `query`
 */
export function tenantOf(caller: Caller, where: 'body' | 'query', named: string | null | undefined): string {
  if (caller.kind === 'admin') {
    if (named) return named;
    if (named === '') throw new Fault('bad_request', 'tenant_id is required');
    throw new Misfit([
      { loc: [where, 'tenant_id'], msg: 'is required with the admin token', type: 'missing' },
    ]);
  }
  if (named && named !== caller.tenantId)
    throw new Fault('unauthenticated', 'Token not authorized for this tenant');
  return caller.tenantId;
}
