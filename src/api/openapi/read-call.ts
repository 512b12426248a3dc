// Reads a call as its route declares it. The order of the checks decides which of several faults is answered.
import type { z } from '@hono/zod-openapi';
import type { Context as HttpContext } from 'hono';
import { Fault } from '../../errors.js';
import { type ApiEnv, requireAdmin, tenantOf } from '../middleware/authenticate.js';
import { readJson, receivedBody } from '../middleware/read-json.js';
import { fitBody, idIn, readQuery } from '../middleware/read-request.js';
import { keepFromTenant, namesAdminFields } from './admin-fields.js';
import type { Description } from './describe.js';
import { OtherAnswer } from './other-answer.js';

/** Where a call names the tenant it is about. The caller must be that tenant or the admin. */
export type TenantPlace = 'query' | 'path' | 'body';

export interface CallRules {
  tenant?: TenantPlace;
  /** The field of the body that a list of lines of JSON stands for (`application/x-ndjson`). */
  lines?: string;
  /** Refuses a body before its schema is applied, because its parts may be too many to check one by one. */
  refuseEarly?: (given: unknown) => OtherAnswer<number, object> | undefined;
  /**
   * What the call is about as it stands, as callers are shown it. A tenant may send back fields of the admin that are as
   * they stand. Without this, a tenant may not send them at all.
   */
  current?: (tenantId: string, id: string) => Promise<object | undefined>;
}

/**
 * @returns the call, or the answer that refuses it early
 * @throws Fault for a caller who may not do this, or an id that nothing can have; Misfit for a body or a query
 */
export async function readCall(c: HttpContext<ApiEnv>, rules: Description & CallRules) {
  const { path, reach, tenant } = rules;
  const caller = c.get('caller');
  // First of all, so that a tenant's token learns nothing about what exists.
  if (reach === 'admin') requireAdmin(caller);
  const readId = () => (path.includes('{id}') ? idIn(c) : undefined);
  // Where the query names the tenant, the id is that of something the tenant has, and so comes last.
  let id = tenant === 'query' ? undefined : readId();
  const tenantOfPath = tenant === 'path' ? tenantOf(caller, 'query', id) : undefined;
  const query = rules.query && readQuery(c, rules.query);
  const tenantOfQuery = tenant === 'query' ? tenantOf(caller, 'query', tenantNamedIn(query)) : undefined;
  // The tenant of path or query is checked before the body is read, so that a foreign token costs no parsing.
  const body = rules.body && (await readBody(c, rules.body, rules));
  if (body instanceof OtherAnswer) return body;
  const tenantOfBody = tenant === 'body' ? tenantOf(caller, 'body', tenantNamedIn(body)) : undefined;
  id ??= readId();
  const tenantId = tenantOfPath ?? tenantOfQuery ?? tenantOfBody;
  // A tenant's token is gone with its tenant. Where path or body name the tenant, the store's own statement finds that out.
  if (caller?.kind === 'admin' && tenantOfQuery !== undefined && !(await c.get('isTenant')(tenantOfQuery)))
    throw new Fault('not_found', 'tenant not found');
  const call = { caller, id, query, body, tenantId };
  if (caller?.kind !== 'tenant' || !rules.body || !namesAdminFields(rules.body, body)) return call;
  const current = await rules.current?.(caller.tenantId, id ?? '');
  return { ...call, body: keepFromTenant(rules.body, body, current) };
}

/** An empty body may be allowed, and one that is too deep is refused before a schema is applied. */
async function readBody(
  c: HttpContext<ApiEnv>,
  schema: z.ZodType,
  { bodyIsOptional, refuseEarly, lines }: Description & CallRules,
): Promise<unknown> {
  if (bodyIsOptional && receivedBody(c).length === 0) return schema.parse({});
  const given = await readJson(c, lines);
  return refuseEarly?.(given) ?? fitBody(given, schema);
}

/** Query and body were checked by a schema of the route, which may or may not have the field. */
function tenantNamedIn(given: unknown): string | null | undefined {
  return (given as { tenant_id?: string | null } | undefined)?.tenant_id;
}
