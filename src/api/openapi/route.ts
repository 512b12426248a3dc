// Declares a route once: its path, who may call it, what it takes and answers, its documentation and its handler.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context as HttpContext } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';
import type { FieldNotes } from '../../accept/find-warnings.js';
import type { ApiEnv, Caller } from '../middleware/authenticate.js';
import { answerJson } from '../middleware/hold-answer.js';
import { withWarnings } from './call-warnings.js';
import { type Description, describe } from './describe.js';
import { OtherAnswer } from './other-answer.js';
import { type CallRules, readCall, type TenantPlace } from './read-call.js';

/**
 * All that is known of a route. The type parameters catch the exact types of its parts, from which the types of the call
 * and of the answer follow.
 */
interface Declaration<P, B, Q, T, A, S, F> extends Description, CallRules {
  path: P & string;
  tenant?: T & TenantPlace;
  body?: B & z.ZodType;
  query?: Q & z.ZodObject;
  /** What to warn of beside unknown fields: fields of the body that have no effect. */
  notes?: FieldNotes;
  answer: A & z.ZodType;
  alsoAnswers?: S & Record<number, string>;
  refusals?: F & NonNullable<Description['refusals']>;
}

/** What a handler is given: all of it has passed the schemas of the declaration. */
interface Call<P, B, Q, T> {
  caller: Caller;
  /** The `{id}` of the path. */
  id: P extends `${string}{id}${string}` ? string : undefined;
  /** The tenant the call is about, where the declaration says `tenant`. */
  tenantId: [T] extends [never] ? undefined : string;
  body: Output<B>;
  query: Output<Q>;
}

/** What a handler may return: the body of a 200, or `answerWith` another status that the declaration names. */
type Answer<A, S, F> = Output<A> | OtherAnswer<keyof S & number, Output<A>> | RefusalOf<F>;

type RefusalOf<F> = {
  [K in keyof F & number]: F[K] extends { schema: infer Z } ? OtherAnswer<K, Output<Z>> : never;
}[keyof F & number];

type Output<Z> = [Z] extends [never] ? undefined : Z extends z.ZodType ? z.output<Z> : never;

type Handler<Given, Result> = (call: Given, c: HttpContext<ApiEnv>) => Result | Promise<Result>;

declare const impossible: unique symbol;

/** No value has this type. It makes the compiler keep `true` in `{ ok: true }` while it infers the other types. */
interface KeepsTrue {
  ok: true;
  [impossible]: never;
}

/** A route that answers JSON. The compiler checks that the handler answers what the declaration says. */
export function route<
  const P extends string,
  A extends z.ZodType,
  B extends z.ZodType = never,
  Q extends z.ZodObject = never,
  T extends TenantPlace = never,
  S extends object = Record<never, never>,
  F extends object = Record<never, never>,
>(
  app: OpenAPIHono<ApiEnv>,
  declaration: Declaration<P, B, Q, T, A, S, F>,
  handler: Handler<Call<P, B, Q, T>, Answer<A, S, F> | KeepsTrue>,
): void {
  add(app, declaration, async (c) => {
    const call = await readCall(c, declaration);
    try {
      if (call instanceof OtherAnswer)
        return await answerJson(c, call.body as object, call.status as ContentfulStatusCode);
      const answer = await handler(call as Call<P, B, Q, T>, c);
      const { status, body } = answer instanceof OtherAnswer ? answer : { status: 200, body: answer };
      return await answerJson(
        c,
        withWarnings(c, declaration, body as object),
        status as ContentfulStatusCode,
      );
    } catch (error) {
      c.get('held')?.leave();
      throw error;
    }
  });
}

/** A route whose handler makes the response itself: a page, a text or a stream. */
export function rawRoute<Q extends z.ZodObject = never>(
  app: OpenAPIHono<ApiEnv>,
  declaration: Description & { query?: Q },
  handler: Handler<Call<string, never, Q, never>, Response>,
): void {
  add(app, declaration, async (c) =>
    handler((await readCall(c, declaration)) as Call<string, never, Q, never>, c),
  );
}

function add(
  app: OpenAPIHono<ApiEnv>,
  declaration: Description,
  handler: (c: HttpContext<ApiEnv>) => Promise<Response>,
): void {
  describe(app, declaration);
  // Hono writes `:id` where OpenAPI writes `{id}`.
  app[declaration.method](declaration.path.replace(/\{(\w+)\}/g, ':$1'), (c) => {
    c.set('audit', declaration.audit);
    return handler(c);
  });
}
