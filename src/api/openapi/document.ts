// The OpenAPI 3.1 document, made of the schemas that check the requests.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { version } from '../../version.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { tags } from './names.js';
import { registerParts } from './parts.js';
import { registerReportWebhook } from './report-webhook.js';

/** The introduction, in CommonMark: rules for all routes stand here once. */
const description = `A self-hosted e-mail queue: applications hand in messages with one call, mail-proxy sends them
through their own SMTP accounts, retries what fails for now, and reports what became of each.

**Tokens.** Every call but those under *Service* takes a token: that of the admin, which reaches everything, or one of
a tenant, which reaches what is that tenant's. With a tenant's token \`tenant_id\` may be left out everywhere and means
the token's own.

**Times** are Unix seconds (UTC) where a field ends in \`_ts\`, ISO 8601 where it ends in \`_at\`, unless it says
otherwise. Fields whose value is not known are left out rather than null.

**Refusals** are \`{"detail": ...}\` with a sentence, or for 422 a list of the fields at fault. A path that is not there is
answered 404, a method that it does not take 405 with \`Allow\`. Every answer carries \`X-Request-Id\`.`;

/** Call this once an app, because the registry keeps what is added here. */
export function openApiDocument(app: OpenAPIHono<ApiEnv>) {
  registerParts(app);
  registerReportWebhook(app);
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'mail-proxy',
      version,
      description,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/', description: 'Where this document came from.' }],
    tags: [...tags],
  });
}
