// The route that re-encrypts every stored secret with the current key.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { rotateSecrets } from '../../store/instance/rotate-secrets.js';
import type { Needs } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { route } from '../openapi/route.js';
import { warnings } from '../schemas/ok.js';

/**
 * Ends a change of the encryption key. Admin only. Secrets that no key opens do not fail the call, because all others
 * have been encrypted anew by then. The answer is 200 with `ok: false`, and the log names the rows.
 */
export function addRotateSecretsRoute(app: OpenAPIHono<ApiEnv>, ctx: Needs<'db' | 'secrets' | 'log'>): void {
  route(
    app,
    {
      method: 'post',
      path: '/instance/rotate-secrets',
      reach: 'admin',
      operationId: 'rotateSecrets',
      summary: 'Encrypt every stored secret with the current key',
      description:
        'For when `GMP_ENCRYPTION_KEY` is new and `GMP_ENCRYPTION_KEY_PREVIOUS` names the key before it, in every process. ' +
        'After an answer with `ok: true` the service starts without the previous key. It may be called again at any time, ' +
        'also after a call that broke off; what is encrypted with the current key stays as it is.',
      answer: z.object({
        ok: z.boolean().describe('Whether every secret opens with the current key.'),
        rotated: z.int().describe('How many were encrypted anew.'),
        error: z.string().optional().describe('Only where `ok` is false.'),
        warnings,
      }),
      example: { answer: { ok: true, rotated: 12 } },
    },
    async () => {
      const { rotated, unreadable } = await rotateSecrets(ctx);
      if (unreadable === 0) return { ok: true, rotated };
      ctx.log.error(
        { event: 'secrets.unreadable', unreadable },
        'Some stored secrets open with none of the keys',
      );
      const error = `${unreadable} secrets open with none of the keys and were left; the log names them`;
      return { ok: false, rotated, error };
    },
  );
}
