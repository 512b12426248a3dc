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
