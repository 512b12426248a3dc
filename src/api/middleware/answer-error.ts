// Turns an error into the answer that contract section 2 asks for. The only place that maps faults to HTTP.
import type { Context as HttpContext } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';
import { describeUnknown } from '../../accept/find-warnings.js';
import { fieldsOf, valueAt } from '../../accept/schema-fields.js';
import { isPlainName } from '../../domain/plain-name.js';
import { Fault, type FaultCode, reasonOf } from '../../errors.js';
import { isMissingReference, isUnavailable } from '../../store/db/unavailable.js';
import type { Needs } from '../context.js';
import { retryAfterSeconds } from '../retry-after.js';

/** A fault without a status here cannot come from a call. It is answered 500 and logged. */
const statusOf: Partial<Record<FaultCode, ContentfulStatusCode>> = {
  bad_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  too_slow: 408,
  redis_unavailable: 503,
  too_many_requests: 429,
  busy: 503,
};

/** A body or a query that does not fit its schema. The answer is 422 and names every field at fault. */
export class Misfit extends Error {
  readonly detail: { loc: (string | number)[]; msg: string; type: string }[];

  constructor(detail: Misfit['detail']) {
    super('the request does not fit');
    this.detail = detail;
  }

  /** @param where `body` or `query` */
  static from(where: string, error: z.ZodError, given: unknown, schema: z.ZodType): Misfit {
    return new Misfit(
      error.issues.flatMap((issue) => {
        const loc = [where, ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))];
        const type = typeOf(issue, given);
        if (issue.code !== 'unrecognized_keys') return { loc, msg: sentenceOf(issue, type, where), type };
        const known = [...(fieldsOf(schema)?.keys() ?? [])];
        const kind = where === 'query' ? 'parameter' : 'field';
        return issue.keys.map((key) => {
          const msg = describeUnknown(key, key, known, kind);
          return { loc: isPlainName(key) ? [...loc, key] : loc, msg, type };
        });
      }),
    );
  }
}

/** How a value of the expected type is written. */
const written: Record<string, string> = { array: '[...]', object: '{...}', record: '{...}' };

/** Says what to send instead of what zod expected. Messages of our own schemas stay as they are. */
function sentenceOf(issue: z.core.$ZodIssue, type: string, where: string): string {
  if (issue.code !== 'invalid_type') return issue.message;
  if (type !== 'missing' && !issue.message.startsWith('Invalid input')) return issue.message;
  const name = issue.path.at(-1);
  if (name === undefined) return where === 'body' ? 'send a JSON object' : issue.message;
  const form = written[issue.expected];
  const wrong = type === 'missing' ? 'required' : `is not of the type ${issue.expected}`;
  return form === undefined
    ? `${String(name)}: ${wrong}`
    : `${String(name)}: ${wrong}; send {"${String(name)}": ${form}}`;
}

/** The error types that clients of genro-mail-proxy know. */
function typeOf(issue: z.core.$ZodIssue, given: unknown): string {
  const value = valueAt(given, issue.path);
  if (value === undefined) return 'missing';
  switch (issue.code) {
    case 'invalid_type':
      return `${{ array: 'list', object: 'dict', boolean: 'bool', number: 'int' }[issue.expected as string] ?? issue.expected}_type`;
    case 'too_small':
      return issue.origin === 'string' ? 'string_too_short' : 'greater_than_equal';
    case 'too_big':
      return issue.origin === 'string' ? 'string_too_long' : 'less_than_equal';
    case 'invalid_value':
      return 'literal_error';
    case 'unrecognized_keys':
      return 'extra_forbidden';
    case 'custom':
      return issue.message === 'is not an object' ? 'dict_type' : 'value_error';
    default:
      return 'value_error';
  }
}

/**
 * Only texts of Fault and Misfit reach the caller, because they are written for callers. Any other error may carry a
 * query or a secret, so its text goes to the log alone.
 */
export function answerError(ctx: Needs<'log'>, error: unknown, c: HttpContext): Response {
  if (error instanceof Misfit) return c.json({ detail: error.detail }, 422);
  const status = error instanceof Fault ? statusOf[error.code] : undefined;
  if (status === 503) c.header('Retry-After', retryAfterSeconds.unavailable);
  if (error instanceof Fault && status !== undefined) return c.json({ detail: error.message }, status);
  if (error instanceof HTTPException)
    return c.json({ detail: error.message }, error.status as ContentfulStatusCode);
  if (isMissingReference(error)) {
    return c.json({ detail: 'Not found: the tenant, account or message was deleted meanwhile' }, 404);
  }
  if (isUnavailable(error)) {
    ctx.log.error(
      { event: 'database.unavailable', reason: reasonOf(error) },
      'The database does not answer; a request was refused',
    );
    c.header('Retry-After', retryAfterSeconds.unavailable);
    return c.json({ detail: 'The database does not answer; try again' }, 503);
  }
  const requestId = c.get('requestId');
  ctx.log.error({ event: 'request.failed', err: error, request: requestId }, 'A request failed');
  return c.json({ detail: 'Internal error', request_id: requestId }, 500);
}
