// Puts a route into the OpenAPI document, with what all routes have in common.
import type { OpenAPIHono, z } from '@hono/zod-openapi';
import type { ApiEnv } from '../middleware/authenticate.js';
import type { Audit } from '../middleware/keep-fields.js';
import { pathIds, tagOf } from './names.js';
import { type FaultStatus, faultRef, headerRef, parameterRef } from './parts.js';

export interface Description {
  method: 'get' | 'post' | 'put' | 'delete';
  /** In OpenAPI's form: `/messages/{id}`. */
  path: string;
  /** A heading of a few words. */
  summary: string;
  /** What a caller has to know beyond the heading, in CommonMark. */
  description: string;
  /** The name of the method in generated clients; unique. */
  operationId: string;
  /** Who may call the route. By default, every caller with a token. */
  reach?: 'everyone' | 'admin';
  body?: z.ZodType;
  /** What the document shows in place of `body`, where the handler checks the parts of the body itself. */
  documentedBody?: z.ZodType;
  /** Whether a missing body counts as an empty object. */
  bodyIsOptional?: boolean;
  query?: z.ZodObject;
  /** Whether the route takes an `Idempotency-Key`. */
  idempotent?: boolean;
  answer: z.ZodType;
  /** Media type of the answer; JSON by default. */
  type?: string;
  /** As they go over the wire, so that the docs page can try them out. */
  example: { body?: unknown; answer: unknown };
  /** Refusals beyond those that every route may answer. */
  refusals?: Partial<
    Record<FaultStatus, string | { description: string; schema: z.ZodType; example: unknown }>
  >;
  /**
   * What the command log keeps of a call. Anything else is dropped. Never what people write (subjects, bodies, header
   * values, addresses), links, paths that may hold a token, or secrets.
   */
  audit?: Audit;
  /** Statuses that carry the same body as 200, and what they mean. */
  alsoAnswers?: Record<number, string>;
}

/**
 * Registers one route. The schemas are the ones that check the call, so the document cannot promise anything else.
 * Answers that several routes share are references, so that they are described once.
 */
export function describe(app: OpenAPIHono<ApiEnv>, route: Description): void {
  const { method, path, body, query, example, type = 'application/json' } = route;
  const answer = {
    headers: {
      'X-Request-Id': headerRef('RequestId'),
      // Only routes that take an idempotency key can replay an answer.
      ...(route.idempotent && { 'Idempotency-Replayed': headerRef('IdempotencyReplayed') }),
    },
    content: { [type]: { schema: route.answer, example: example.answer } },
  };
  const alsoAnswers = Object.entries(route.alsoAnswers ?? {}).map(([status, description]) => [
    status,
    { description, ...answer },
  ]);
  const ids = pathIds(path);
  app.openAPIRegistry.registerPath({
    method,
    path,
    summary: route.summary,
    description: route.description,
    operationId: route.operationId,
    tags: [tagOf(path)],
    security: securityOf(route),
    ...(method !== 'get' && {
      'x-audit-keeps': route.audit?.keeps ?? [],
      'x-audit-blanks': route.audit?.blanks ?? [],
    }),
    parameters: [parameterRef('RequestId'), ...(route.idempotent ? [parameterRef('IdempotencyKey')] : [])],
    request: {
      ...(ids && { params: ids }),
      ...(query && { query }),
      ...(body && {
        body: {
          required: !route.bodyIsOptional,
          content: { 'application/json': { schema: route.documentedBody ?? body, example: example.body } },
        },
      }),
    },
    responses: {
      200: { description: 'Done.', ...answer },
      ...Object.fromEntries(alsoAnswers),
      ...faultsOf(route),
    },
  });
}

/** A caller may use either header. The roles inform readers; OpenAPI 3.1 gives them no meaning for these schemes. */
function securityOf({ reach }: Description): Record<string, string[]>[] {
  if (reach === 'everyone') return [];
  const roles = reach === 'admin' ? ['admin'] : [];
  return [{ token: roles }, { bearer: roles }];
}

/** The refusals of the middleware before the route, and of the route itself. */
function faultsOf({ path, reach, body, query, refusals = {} }: Description) {
  const faults = new Set<FaultStatus>([500]);
  if (reach !== 'everyone') for (const status of [401, 429, 503] as const) faults.add(status);
  if (reach === 'admin') faults.add(403);
  if (body) for (const status of [400, 408, 413] as const) faults.add(status);
  // An id that nothing can have is answered 404.
  if (path.includes('{')) faults.add(404);
  if (body ?? query) faults.add(422);
  // With the admin token, an empty `tenant_id` is answered 400, and one that no tenant has 404.
  if (query?.shape.tenant_id) for (const status of [400, 404] as const) faults.add(status);
  return Object.fromEntries([
    ...[...faults].map((status) => [status, faultRef(status)]),
    ...Object.entries(refusals).map(([status, own]) => [
      status,
      typeof own === 'string'
        ? { ...faultRef(Number(status) as FaultStatus), description: own }
        : ownFault(own.description, own.schema, own.example),
    ]),
  ]);
}

/** For a refusal whose body differs from the shared one. */
function ownFault(description: string, schema: z.ZodType, example: unknown) {
  return {
    description,
    headers: { 'X-Request-Id': headerRef('RequestId') },
    content: { 'application/json': { schema, example } },
  };
}
