// Tells a caller which of the fields and parameters that it sent have no effect.
import { z } from '@hono/zod-openapi';
import type { Context as HttpContext } from 'hono';
import { type FieldNotes, findWarnings, mostWarnings } from '../../accept/find-warnings.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import type { Description } from './describe.js';

type Warned = Pick<Description, 'answer' | 'body' | 'query'> & {
  /** What to warn of beside unknown fields: fields of the body that have no effect. */
  notes?: FieldNotes;
};

const noParameters = z.object({});

/**
 * Adds `warnings` to an answer whose schema has room for them, before those of the handler itself. An answer without
 * warnings stays as it is, so that clients of genro-mail-proxy see what they know.
 */
export function withWarnings(
  c: HttpContext<ApiEnv>,
  { answer, body, query, notes }: Warned,
  answered: { warnings?: string[] },
): { warnings?: string[] } {
  if (!(answer instanceof z.ZodObject) || !('warnings' in answer.shape)) return answered;
  const ofCall = [
    ...findWarnings(query ?? noParameters, c.req.query(), {}, 'parameter'),
    ...(body ? findWarnings(body, c.get('given'), notes) : []),
  ];
  if (ofCall.length === 0) return answered;
  return {
    ...answered,
    warnings: [...new Set([...ofCall, ...(answered.warnings ?? [])])].slice(0, mostWarnings),
  };
}
