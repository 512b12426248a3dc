// Routes of tenants.
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';
import type { Needs } from '../context.js';
import { putTenant } from '../store/change-tenants.js';
import { type ApiEnv, requireAdmin } from './authenticate.js';
import { describe, ok } from './describe.js';
import { readBody } from './read-request.js';

const httpUrl = z
  .string()
  .max(2000)
  .refine((text) => /^https?:\/\//i.test(text) && URL.canParse(text), 'is not an http(s) URL');

const path = z
  .string()
  .max(500)
  .refine(
    (text) => text.startsWith('/') && URL.canParse(text, 'http://localhost'),
    'is not a path that begins with /',
  );

const clientAuth = z
  .object({
    method: z.enum(['none', 'bearer', 'basic']).default('none'),
    token: z.string().nullish(),
    user: z.string().nullish(),
    password: z.string().nullish(),
  })
  .transform(({ method, token, user, password }) => ({
    method,
    token: token ?? undefined,
    user: user ?? undefined,
    password: password ?? undefined,
  }));

export const tenantInput = z
  .object({
    id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'is not 1 to 64 letters, digits, _ or -'),
    name: z.string().max(255).nullish(),
    client_base_url: httpUrl.nullish(),
    client_sync_path: path.nullish(),
    client_attachment_path: path.nullish(),
    client_auth: clientAuth.nullish(),
    rate_limits: z.record(z.string(), z.unknown()).nullish(),
    large_file_config: z.record(z.string(), z.unknown()).nullish(),
    active: z.boolean().default(true),
  })
  .openapi('TenantInput', { example: { id: 'shop', client_base_url: 'https://shop.example.com' } });

export function addTenantRoutes(app: OpenAPIHono<ApiEnv>, ctx: Needs<'db' | 'clock' | 'secrets'>): void {
  describe(app, {
    method: 'post',
    path: '/tenant',
    summary: 'Create a tenant, or replace its settings',
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
