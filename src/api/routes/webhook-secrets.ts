// Routes that create and revoke the secrets that sign a tenant's reports.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { toUnixSeconds } from '../../clock.js';
import { endWebhookSecrets, renewWebhookSecret } from '../../store/tenants/webhook-secrets.js';
import type { Needs } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { noTenant } from '../no-tenant.js';
import { route } from '../openapi/route.js';
import { ok } from '../schemas/ok.js';

const secretInput = z.object({
  previous_expires_at: z
    .number()
    .min(0)
    .max(32_503_680_000)
    .nullish()
    .describe(
      'Until when reports are signed with the secret before as well. Unix seconds; absent: for a day; a time that is past: no longer.',
    ),
});

/** How long the previous secret stays valid if the caller does not say. */
const dayMs = 86_400_000;

type SecretNeeds = Needs<'db' | 'clock' | 'secrets'>;

/**
 * The secrets that sign a tenant's reports. Admin only. Reports carry the signatures of both secrets while the previous
 * one is valid, so that the application never has to change over at the very moment of the call.
 */
export function addWebhookSecretRoutes(app: OpenAPIHono<ApiEnv>, ctx: SecretNeeds): void {
  addCreateWebhookSecretRoute(app, ctx);
  addRevokeWebhookSecretRoute(app, ctx);
}

function addCreateWebhookSecretRoute(app: OpenAPIHono<ApiEnv>, ctx: SecretNeeds): void {
  route(
    app,
    {
      method: 'post',
      path: '/tenant/{id}/webhook-secret',
      audit: { keeps: ['previous_expires_at'] },
      reach: 'admin',
      operationId: 'createWebhookSecret',
      summary: "Sign a tenant's reports, with a new secret that is shown only this once",
      description:
        'Every report then carries `webhook-id`, `webhook-timestamp` and `webhook-signature` as ' +
        '[Standard Webhooks](https://www.standardwebhooks.com) has them, and its libraries verify it with this secret. ' +
        'Where there was a secret already, `webhook-signature` has a signature of each until `previous_expires_at`, so ' +
        'that an application can change over in its own time; one that was previous until now ends.',
      body: secretInput,
      bodyIsOptional: true,
      answer: ok.extend({
        webhook_secret: z.string().describe('The secret; it is not shown again.'),
        previous_expires_at: z
          .int()
          .optional()
          .describe('Until when the secret before is good. Unix seconds; absent: there is none.'),
      }),
      example: {
        body: { previous_expires_at: 1_830_000_000 },
        answer: {
          ok: true,
          webhook_secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=',
          previous_expires_at: 1_830_000_000,
        },
      },
      refusals: { 404: 'There is no such tenant.' },
    },
    async ({ body, id }) => {
      const { previous_expires_at } = body;
      const until =
        previous_expires_at == null ? ctx.clock.now() + dayMs : Math.floor(previous_expires_at * 1000);
      const made = await renewWebhookSecret(ctx, id, until);
      if (made === undefined) throw noTenant(id);
      return {
        ok: true,
        webhook_secret: made.secret,
        ...(made.previousUntil !== null && { previous_expires_at: toUnixSeconds(made.previousUntil) }),
      };
    },
  );
}

function addRevokeWebhookSecretRoute(app: OpenAPIHono<ApiEnv>, ctx: SecretNeeds): void {
  route(
    app,
    {
      method: 'delete',
      path: '/tenant/{id}/webhook-secret',
      reach: 'admin',
      operationId: 'revokeWebhookSecret',
      summary: "Sign a tenant's reports no longer",
      description: 'Both secrets end at once, the one before as well.',
      answer: ok,
      example: { answer: { ok: true } },
      refusals: { 404: 'There is no such tenant.' },
    },
    async ({ id }) => {
      if (!(await endWebhookSecrets(ctx, id))) throw noTenant(id);
      return { ok: true };
    },
  );
}
