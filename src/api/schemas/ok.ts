// What every answer without more to say consists of; others extend it.
import { z } from '@hono/zod-openapi';

export const ok = z.object({ ok: z.literal(true).describe('Always true: the call did what it says.') });
