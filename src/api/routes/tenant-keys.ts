// Routes that list, replace and revoke the tokens of tenants.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { identifier } from '../../accept/identifier.js';
import { refusesEmpty } from '../../accept/schema-fields.js';
import { Fault } from '../../errors.js';
import { findToken, listTokens, replaceToken, revokeTokens } from '../../store/tenants/tokens.js';
import type { Needs } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { holdAnswer } from '../middleware/hold-answer.js';
import { noTenant } from '../no-tenant.js';
import { route } from '../openapi/route.js';
import { ok } from '../schemas/ok.js';
import { nextCursor, nextPage, pageAsked, pageQuery } from '../schemas/page.js';

// An empty name must not end all tokens, as an absent one does.
const name = refusesEmpty(identifier(64));
const keyInput = z.object({
  name: name
    .nullish()
    .describe(
      'What the token is called. It takes the place of the one of this name; absent: of all there are.',
    ),
  expires_at: z
    .number()
    .positive()
    .max(32_503_680_000)
    .nullish()
    .describe('When it ends. Unix seconds; null or absent: never.'),
  api_key_hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'is not 64 hexadecimal digits')
    .nullish()
    .describe(
      'SHA-256, hexadecimal, of a token that the application has already, as when it moves here; absent: a token is made.',
    ),
});
const keyQuery = z.object({
  name: name.optional().describe('The token to end; absent: all of them.'),
});
const shownKey = z
  .object({
    name: z.string().describe('What the token is called.'),
    created_at: z.string().describe('When it was given. ISO 8601, UTC.'),
    expires_at: z.int().optional().describe('When it ends. Unix seconds; absent: never.'),
    last_used_ts: z
      .int()
      .optional()
      .describe('When it was last used, to the minute. Unix seconds; absent: not yet.'),
  })
  .openapi('ApiKey', { description: 'A token of a tenant, without the token itself.' });

type KeyNeeds = Needs<'memory' | 'db' | 'clock'>;

/**
 * The tokens of a tenant (contract section 1). Admin only: otherwise a leaked token could create further tokens, and
 * revoking the leaked one would not end the access. Replaced and revoked tokens are refused from the next call on,
 * because every call looks its token up in the database.
 */
export function addTenantKeyRoutes(app: OpenAPIHono<ApiEnv>, ctx: KeyNeeds): void {
  addListTenantKeysRoute(app, ctx);
  addReplaceTenantKeyRoute(app, ctx);
  addRevokeTenantKeyRoute(app, ctx);
}

function addListTenantKeysRoute(app: OpenAPIHono<ApiEnv>, ctx: KeyNeeds): void {
  route(
    app,
    {
      method: 'get',
      path: '/tenant/{id}/api-keys',
      reach: 'admin',
      summary: "A tenant's tokens by name; the tokens themselves are never shown again",
      operationId: 'listTenantKeys',
      description: 'With what can be told of them: when each was given, when it ends, when it was last used.',
      query: pageQuery,
      answer: ok.extend({
        api_keys: z.array(shownKey).describe('In the order of their names.'),
        next_cursor: nextCursor,
      }),
      example: {
        answer: {
          ok: true,
          api_keys: [{ name: 'default', created_at: '2026-11-25T09:46:40Z', last_used_ts: 1_795_600_020 }],
        },
      },
      refusals: { 404: 'There is no such tenant.' },
    },
    async ({ id, query }, c) => {
      const page = await listTokens(ctx, id, pageAsked(query), holdAnswer(ctx, c));
      if (page === undefined) throw noTenant(id);
      return { ok: true, api_keys: page.entries, ...nextPage(page.nextCursor) };
    },
  );
}

function addReplaceTenantKeyRoute(app: OpenAPIHono<ApiEnv>, ctx: KeyNeeds): void {
  route(
    app,
    {
      method: 'post',
      path: '/tenant/{id}/api-key',
      audit: { keeps: ['name', 'expires_at'] },
      reach: 'admin',
      summary: "Replace a tenant's tokens, or the one of a name, by a new one, shown only this once",
      body: keyInput,
      bodyIsOptional: true,
      refusals: { 404: 'There is no such tenant.', 409: 'Another token has this `api_key_hash`.' },
      operationId: 'replaceTenantKey',
      description: 'The tokens that are replaced end at once.',
      answer: ok.extend({
        api_key: z
          .string()
          .optional()
          .describe('The token; it is not shown again. Absent where `api_key_hash` was given.'),
      }),
      example: {
        body: { name: 'checkout', expires_at: 1_830_000_000 },
        answer: { ok: true, api_key: 'q3Y0o6m1W8c2n5t9v7x4z1b6d3f8h5j2k9l4p7r0s1E' },
      },
    },
    async ({ body: given, id }) => {
      const expiresAt = given.expires_at ? Math.floor(given.expires_at * 1000) : null;
      if (expiresAt !== null && expiresAt <= ctx.clock.now()) {
        throw new Fault('bad_request', 'expires_at is in the past: the token would never hold');
      }
      const [name, hash] = [given.name ?? undefined, given.api_key_hash?.toLowerCase()];
      const holder = hash === undefined ? undefined : await findToken(ctx, hash);
      if (holder !== undefined && holder.tenantId !== id) {
        throw new Fault('conflict', 'Another tenant has the token with this api_key_hash');
      }
      const replaced = await replaceToken(ctx, id, { name, expiresAt, hash });
      if (replaced === undefined) throw noTenant(id);
      return { ok: true, api_key: replaced.token };
    },
  );
}

function addRevokeTenantKeyRoute(app: OpenAPIHono<ApiEnv>, ctx: KeyNeeds): void {
  route(
    app,
    {
      method: 'delete',
      path: '/tenant/{id}/api-key',
      audit: { keeps: ['name'] },
      reach: 'admin',
      summary: "End a tenant's tokens, or the one of a name, at once",
      query: keyQuery,
      operationId: 'revokeTenantKey',
      description: 'From then on, in every process, they are answered 401.',
      answer: ok,
      example: { answer: { ok: true } },
      refusals: { 404: 'There is no such tenant, or it has no token of this name.' },
    },
    async ({ query, id }) => {
      const missing = await revokeTokens(ctx, id, query.name);
      if (missing === 'no_tenant') throw noTenant(id);
      if (missing === 'no_token') throw new Fault('not_found', 'The tenant has no token of this name');
      return { ok: true };
    },
  );
}
