// What every answer without more to say consists of; others extend it.
import { z } from '@hono/zod-openapi';

export const warnings = z
  .array(z.string())
  .optional()
  .describe('Fields and parameters of the call that have no effect, a sentence each; absent: none.');

export const ok = z.object({
  ok: z.literal(true).describe('Always true: the call did what it says.'),
  warnings,
});

/** Of a resource that lists hold too. */
export const warningsOfOne = warnings.describe(
  'Only where it is answered by itself: parameters of the call that have no effect, a sentence each; absent: none.',
);
