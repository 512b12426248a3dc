// Routes of tenants.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';
import { lineOfText } from '../accept/identifier.js';
import type { Needs } from '../context.js';
import { putTenant } from '../store/change-tenants.js';
import { type ApiEnv, requireAdmin } from './authenticate.js';
import { describe, ok } from './describe.js';
import { readBody } from './read-request.js';

/** Without user and password, which belong into client_auth: fetch refuses an address that has them. */
const httpUrl = lineOfText(2000).refine(
  (text) => /^https?:\/\/\S+$/i.test(text) && URL.canParse(text) && !hasLogin(new URL(text)),
  'is not an http(s) URL without user, password and spaces',
);

function hasLogin({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

const path = lineOfText(500).refine(
  (text) => /^\/\S*$/.test(text) && URL.canParse(text, 'http://localhost'),
  'is not a path that begins with /',
);

/** As a header takes it (RFC 9110 section 5.5). */
const bearerToken = lineOfText(10_000).regex(/^[ -~]*$/, 'is not ASCII');

const clientAuth = z
  .object({
    method: z.enum(['none', 'bearer', 'basic']).default('none'),
    token: bearerToken.nullish(),
    user: lineOfText(1000).nullish(),
    password: lineOfText(10_000).nullish(),
  })
  .refine(({ method, token }) => method !== 'bearer' || token, {
    path: ['token'],
    error: 'is needed with bearer',
  })
  .refine(({ method, user }) => method !== 'basic' || user, { path: ['user'], error: 'is needed with basic' })
  // RFC 7617 section 2: the first colon ends the user.
  .refine(({ user }) => !user?.includes(':'), { path: ['user'], error: 'contains a colon' })
  .transform(({ method, token, user, password }) => ({
    method,
    token: token ?? undefined,
    user: user ?? undefined,
    password: password ?? undefined,
  }));

const rateLimits = z.object({
  hourly: z.int().min(0).max(1_000_000_000).nullish(),
  daily: z.int().min(0).max(1_000_000_000).nullish(),
});

const largeFiles = z.object({
  enabled: z.boolean().nullish(),
  max_size_mb: z.number().positive().max(1_000_000).nullish(),
  storage_url: lineOfText(2000)
    .regex(/^(s3|gs|az|file):\/\/\S+$/, 'is not an s3://, gs://, az:// or file:// URL')
    .nullish(),
  public_base_url: httpUrl.nullish(),
  file_ttl_days: z.int().min(1).max(36_500).nullish(),
  lifespan_after_download_days: z.int().min(0).max(36_500).nullish(),
  action: z.enum(['warn', 'reject', 'rewrite']).nullish(),
});

export const tenantInput = z
  .object({
    id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is not 1 to 64 letters, digits, _ or -'),
    name: lineOfText(255).nullish(),
    client_base_url: httpUrl.nullish(),
    client_sync_path: path.nullish(),
    client_attachment_path: path.nullish(),
    client_auth: clientAuth.nullish(),
    rate_limits: rateLimits.nullish(),
    large_file_config: largeFiles.nullish(),
    active: z.boolean().default(true),
  })
  .openapi('TenantInput', { example: { id: 'shop', client_base_url: 'https://shop.example.com' } });

export function addTenantRoutes(app: OpenAPIHono<ApiEnv>, ctx: Needs<'db' | 'clock' | 'secrets'>): void {
  describe(app, {
    method: 'post',
    path: '/tenant',
    summary: 'Create a tenant, or replace its settings',
    reach: 'admin',
    body: tenantInput,
    answer: ok.extend({
      api_key: z.string().optional().describe('Only of a new tenant, and only this once.'),
    }),
  });
  app.post('/tenant', async (c) => {
    requireAdmin(c);
    const { id, ...settings } = await readBody(c, tenantInput);
    const { newToken } = await putTenant(ctx, id, settings);
    return c.json({ ok: true, ...(newToken !== undefined && { api_key: newToken }) });
  });
}
