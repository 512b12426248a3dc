// The route that takes links to large files back.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { unfit } from '../../accept/identifier.js';
import { revokeLinks } from '../../store/files/file-links.js';
import type { Needs } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { route } from '../openapi/route.js';
import { ok } from '../schemas/ok.js';
import { tenantQuery } from '../schemas/tenant-in-query.js';

const revocation = z.object({
  ids: z
    .array(z.string())
    .max(10_000)
    .default([])
    .describe('Ids of messages, as their tenant chose them; also of those that were removed since.'),
});

export function addRevokeLinksRoute(app: OpenAPIHono<ApiEnv>, ctx: Needs<'db' | 'clock'>): void {
  route(
    app,
    {
      method: 'post',
      path: '/commands/revoke-links',
      audit: { keeps: ['tenant_id', 'ids'] },
      tenant: 'query',
      operationId: 'revokeLinks',
      summary: 'Take the links to large files in sent mails back',
      description:
        'From the answer on they lead nowhere, and files that no other mail links to are removed within about ten minutes. ' +
        'A signed URL of a storage works until its file is removed.',
      query: tenantQuery,
      body: revocation,
      answer: ok.extend({ revoked: z.int().describe('How many links were revoked.') }),
      example: { body: { ids: ['order-1'] }, answer: { ok: true, revoked: 1 } },
    },
    async ({ body, tenantId }) => {
      // Ids that no message can have are not looked up, because databases refuse NUL in a text.
      const ids = body.ids.filter((id) => !unfit.test(id));
      return { ok: true, revoked: await revokeLinks(ctx, tenantId, ids) };
    },
  );
}
