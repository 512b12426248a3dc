// A tenant as it is handed in (contract section 6).
import { z } from '@hono/zod-openapi';
import { identifier, lineOfText } from '../../accept/identifier.js';
import { quotaNames } from '../../domain/quota.js';
import { adminOnly } from '../openapi/admin-fields.js';
import { largeFileAudit, largeFilesInput } from './large-files.js';

/** Without user and password, which belong in client_auth. fetch refuses a URL that has them. */
const httpUrl = lineOfText(2000).refine(
  (text) => /^https?:\/\/\S+$/i.test(text) && URL.canParse(text) && !hasLogin(new URL(text)),
  'is not an http(s) URL without user, password and spaces',
);

function hasLogin({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

/** A path without its slash gets one. A whole URL is refused, because its host belongs in `client_base_url`. */
const path = lineOfText(500)
  .refine((text) => !/^[a-z][a-z0-9+.-]*:\/\//i.test(text), 'is a URL; its host belongs in client_base_url')
  .transform((text) => (text.startsWith('/') ? text : `/${text}`))
  .refine(
    (text) => /^\/\S*$/.test(text) && URL.canParse(text, 'http://localhost'),
    'is not a path like /mail-proxy/sync',
  );

/** Characters that a header can carry (RFC 9110 section 5.5). */
const bearerToken = lineOfText(10_000).regex(/^[ -~]*$/, 'is not ASCII');

/**
 * Beyond its fields: each method needs its own credentials. The transformation drops nulls, so that only fields with a
 * value are stored.
 */
const clientAuth = z
  .object({
    method: z
      .enum(['none', 'bearer', 'basic'])
      .nullish()
      .describe('How the service shows who it is: not at all, with a token, or with user and password.'),
    token: bearerToken
      .nullish()
      .describe('With `bearer`. Encrypted at rest and never shown; `***` leaves it as it is.'),
    user: lineOfText(1000).nullish().describe('With `basic`; without a colon.'),
    password: lineOfText(10_000)
      .nullish()
      .describe('With `basic`. Encrypted at rest and never shown; `***` leaves it as it is.'),
  })
  .refine(({ method, token }) => method !== 'bearer' || token, {
    path: ['token'],
    error: 'is needed with bearer',
  })
  .refine(({ method, user }) => method !== 'basic' || user, { path: ['user'], error: 'is needed with basic' })
  // RFC 7617 section 2: the first colon ends the user.
  .refine(({ user }) => !user?.includes(':'), { path: ['user'], error: 'contains a colon' })
  .transform(({ method, token, user, password }) => ({
    method: method ?? 'none',
    token: token ?? undefined,
    user: user ?? undefined,
    password: password ?? undefined,
  }));

const rateLimits = z.object({
  hourly: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .nullish()
    .describe('Messages an hour at most; 0 or absent: any number.'),
  daily: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .nullish()
    .describe('Messages a day at most; 0 or absent: any number.'),
});

const quota = (what: string) =>
  z
    .int()
    .min(0)
    .max(1_000_000_000)
    .nullish()
    .describe(`${what}; 0: any number, absent: as in the installation.`);

const limits = z.object({
  max_accounts: quota('Accounts at most'),
  max_queued: quota('Messages that are not sent yet at most'),
  max_stored_mb: quota('MiB of the contents of all its messages at most'),
  max_concurrent_sends: quota('Sends at once at most, in each process'),
  max_concurrent_calls: quota('API calls at once at most, in each process'),
});

const isActive =
  'Whether it may send. False: new messages are rejected, queued ones are held until it is true again.';

export const tenantInput = z
  .object({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'is not 1 to 64 letters, digits, _ or -')
      .describe('What the tenant is called by programs: letters, digits, `_` and `-`.'),
    name: lineOfText(255).nullish().describe('What people call it.'),
    client_base_url: httpUrl
      .nullish()
      .describe('Where its application listens; absent: nothing is reported to it.'),
    client_sync_path: path
      .nullish()
      .describe('Path there for delivery reports; /mail-proxy/sync unless set.'),
    client_attachment_path: path
      .nullish()
      .describe('Path there for attachments; /mail-proxy/attachments unless set.'),
    client_auth: clientAuth
      .nullish()
      .describe('How the service logs in there; replaced as a whole, but a secret of `***` stays as it is.'),
    rate_limits: adminOnly(
      rateLimits.nullish().describe('Limits for all accounts of the tenant together; replaced as a whole.'),
    ),
    limits: adminOnly(
      limits
        .nullish()
        .describe('Quotas of this tenant in place of those of the installation; replaced as a whole.'),
    ),
    large_file_config: largeFilesInput
      .nullish()
      .describe(
        "What becomes of large attachments; replaced as a whole, but a secret of `***` stays as it is. A tenant's token " +
          'that leaves the storage out leaves it as it is.',
      ),
    default_account: identifier(255)
      .nullish()
      .describe(
        'The account of messages that name none. The first account made is the default until another is chosen. Absent: as it is.',
      ),
    suppress: z
      .enum(['off', 'hard', 'complaint', 'both'])
      .nullish()
      .describe(
        'Which addresses the service itself puts on the suppression list: those that are dead (`hard`), those that complained, both, or none; `off` unless set.',
      ),
    active: adminOnly(z.boolean().default(true).describe(isActive)),
  })
  .openapi('TenantInput', {
    description: 'A tenant, as it is set up.',
    example: { id: 'shop', client_base_url: 'https://shop.example.com' },
  });

/** For altering a tenant: nothing is required, and nothing has a default. A setting that is left out stays as it is. */
export const tenantPatch = tenantInput
  .omit({ id: true })
  .extend({ active: adminOnly(z.boolean().describe(isActive)) })
  .partial();

/** Paths are blanked, because endpoints often have a token in theirs. */
export const tenantAudit = {
  keeps: [
    'id',
    'name',
    'client_base_url',
    'client_auth.method',
    'client_auth.user',
    'rate_limits.hourly',
    'rate_limits.daily',
    ...quotaNames.map((name) => `limits.${name}`),
    ...largeFileAudit.keeps,
    'default_account',
    'suppress',
    'active',
  ],
  blanks: [
    'client_sync_path',
    'client_attachment_path',
    'client_auth.token',
    'client_auth.password',
    ...largeFileAudit.blanks,
  ],
};
