// Reads bodies and queries through the schemas that also document them.
import { z } from '@hono/zod-openapi';
import type { Context as HttpContext } from 'hono';
import { coerce, truthWords } from '../../accept/coerce.js';
import { unfit } from '../../accept/identifier.js';
import { Fault } from '../../errors.js';
import { Misfit } from './answer-error.js';

/** Values are converted as clients of genro-mail-proxy expect it. @throws Misfit */
export function fitBody<T>(given: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(coerce(schema, given));
  if (!parsed.success) throw Misfit.from('body', parsed.error, given, schema);
  return parsed.data;
}

/** @throws Misfit */
export function readQuery<T>(c: HttpContext, schema: z.ZodType<T>): T {
  const given = c.req.query();
  const twice = Object.entries(c.req.queries()).filter(([, values]) => new Set(values).size > 1);
  // Of two tenants, the wrong one would be stopped.
  if (twice.length > 0) {
    const msg = 'is given more than once, with different values';
    throw new Misfit(twice.map(([name]) => ({ loc: ['query', name], msg, type: 'value_error' })));
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success) throw Misfit.from('query', parsed.error, given, schema);
  return parsed.data;
}

/** A flag in a query, with the words that FastAPI accepts. */
export const queryFlag = z
  .string()
  .transform((text, issue) => {
    const value = truthWords.get(text.toLowerCase());
    if (value !== undefined) return value;
    issue.addIssue('is not true or false');
    return z.NEVER;
  })
  .optional()
  .openapi({ type: 'boolean' });

/** The id in the path. @throws Fault `not_found` for an id that nothing can have */
export function idIn(c: HttpContext): string {
  const id = c.req.param('id') ?? '';
  if (id.length <= 255 && !unfit.test(id)) return id;
  throw new Fault('not_found', 'Not Found');
}

/** A whole number in a query. */
export function queryNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^-?\d{1,15}$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .optional()
    .openapi({ type: 'integer', minimum: min, maximum: max });
}

/** How many entries a page of a list has: over the most, the most. */
export function queryLimit(most: number) {
  return z
    .string()
    .regex(/^-?\d{1,30}$/, 'is not a whole number')
    .transform((text) => Math.min(Number(text), most))
    .pipe(z.number().min(1, 'is less than 1'))
    .optional()
    .openapi({ type: 'integer', minimum: 1 });
}
