// A tenant as it is shown (contract section 6).
import { z } from '@hono/zod-openapi';
import { largeFilesShown } from './large-files.js';
import { warnings } from './ok.js';

export const tenantExample = {
  id: 'shop',
  name: 'The shop',
  client_base_url: 'https://shop.example.com',
  client_auth: { method: 'bearer' as const, token: '***' as const },
  rate_limits: { hourly: 1000 },
  suppress: 'off' as const,
  active: true,
  created_at: '2026-11-25T09:46:40Z',
  updated_at: '2026-11-25T09:46:40Z',
};

const limit = (per: string) =>
  z.int().nullish().describe(`Messages ${per} at most; 0, null or absent: any number.`);

const ownQuota = (what: string) =>
  z.int().nullish().describe(`${what}; 0: any number, absent: as in the installation.`);

const use = (what: string) =>
  z
    .object({
      used: z.number().describe('So much is in use.'),
      limit: z.int().describe('So much may be in use at most; 0: any number.'),
    })
    .describe(what);

const quotas = z
  .object({
    accounts: use('Accounts.'),
    queued: use('Messages that are not sent yet.'),
    stored_mb: use('MiB of the contents of all its messages, sent ones included until they are removed.'),
    concurrent_sends: use('Sends at the moment, in the process that answers.'),
    concurrent_calls: use('API calls at the moment, in the process that answers.'),
  })
  .describe('What the tenant uses of its quotas.');

/** Differs from the input in this: secrets are hidden, and a setting that was not made is left out instead of null. */
export const tenant = z
  .object({
    id: z.string().describe('What programs call it.'),
    name: z.string().optional().describe('What people call it.'),
    client_base_url: z.string().optional().describe('Where its application listens.'),
    client_sync_path: z
      .string()
      .optional()
      .describe('Path there for delivery reports; absent: /mail-proxy/sync.'),
    client_attachment_path: z
      .string()
      .optional()
      .describe('Path there for attachments; absent: /mail-proxy/attachments.'),
    client_auth: z
      .object({
        method: z.enum(['none', 'bearer', 'basic']).describe('How the service logs in.'),
        user: z.string().optional().describe('With `basic`.'),
        token: z.literal('***').optional().describe('Stands for the token; absent: none is set.'),
        password: z.literal('***').optional().describe('Stands for the password; absent: none is set.'),
      })
      .describe('How the service logs in there.'),
    webhook_secret: z
      .literal('***')
      .optional()
      .describe('Stands for the secret with which its reports are signed; absent: they are not.'),
    rate_limits: z
      .object({ hourly: limit('an hour'), daily: limit('a day') })
      .optional()
      .describe('Limits for all accounts of the tenant together.'),
    limits: z
      .object({
        max_accounts: ownQuota('Accounts at most'),
        max_queued: ownQuota('Messages that are not sent yet at most'),
        max_stored_mb: ownQuota('MiB of the contents of all its messages at most'),
        max_concurrent_sends: ownQuota('Sends at once at most, in each process'),
        max_concurrent_calls: ownQuota('API calls at once at most, in each process'),
      })
      .optional()
      .describe('Quotas that the admin has set for this tenant.'),
    large_file_config: largeFilesShown.optional().describe('What becomes of large attachments.'),
    suppress: z
      .enum(['off', 'hard', 'complaint', 'both'])
      .describe('Which addresses the service itself puts on the suppression list.'),
    default_account: z
      .string()
      .optional()
      .describe('The account of messages that name none; at first the first account that was made.'),
    active: z.boolean().describe('Whether it may send. False: new messages are rejected, queued ones held.'),
    created_at: z.string().describe('When it was created. ISO 8601, UTC.'),
    updated_at: z.string().describe('When it last changed. ISO 8601, UTC.'),
  })
  .openapi('Tenant', { description: 'An application that hands in mail.', example: tenantExample });

const quotasExample = {
  accounts: { used: 3, limit: 10_000 },
  queued: { used: 120, limit: 1_000_000 },
  stored_mb: { used: 41.5, limit: 20_480 },
  concurrent_sends: { used: 2, limit: 500 },
  concurrent_calls: { used: 1, limit: 200 },
};

/** A tenant with what it uses. */
export const tenantWithQuotas = z.object({ ...tenant.shape, quotas, warnings }).openapi('TenantWithQuotas', {
  description: 'An application that hands in mail, and what it uses of its quotas.',
  example: { ...tenantExample, quotas: quotasExample },
});

export const tenantWithQuotasExample = { ...tenantExample, quotas: quotasExample };
