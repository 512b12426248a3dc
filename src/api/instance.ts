// Routes of the installation itself: its name, its admin token, the mailbox for bounces.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { hostName } from '../accept/host-name.js';
import { identifier, lineOfText } from '../accept/identifier.js';
import { returnPath } from '../accept/message-input.js';
import type { Needs } from '../context.js';
import { Fault } from '../errors.js';
import { reloadBounce, showBounce, showInstance, updateInstance } from '../store/instance-settings.js';
import { type ApiEnv, requireAdmin } from './authenticate.js';
import { describe, ok } from './describe.js';
import { readBody } from './read-request.js';

type InstanceNeeds = Needs<'db' | 'clock' | 'secrets' | 'config'>;

const bounceInput = z
  .object({
    enabled: z.boolean().nullish().describe('Whether the mailbox is read; false unless set.'),
    imap_host: hostName.nullish(),
    imap_port: z.int().min(1).max(65_535).nullish().describe('993 unless set.'),
    imap_user: lineOfText(1000).nullish(),
    imap_password: lineOfText(10_000).nullish().describe('`***` leaves it as it is.'),
    imap_folder: identifier(255).nullish().describe('INBOX unless set.'),
    imap_ssl: z.boolean().nullish().describe('TLS from the first byte; true unless set.'),
    poll_interval: z.int().min(1).max(86_400).nullish().describe('Seconds between two looks; 60 unless set.'),
    return_path: returnPath
      .refine((address) => address !== '', 'is empty')
      .nullish()
      .describe('Envelope sender of mails that name none, so that their bounces arrive in this mailbox.'),
  })
  .openapi('BounceSettings', {
    example: { enabled: true, imap_host: 'imap.example.com', imap_user: 'bounces' },
  });

const instanceInput = z
  .object({
    name: identifier(255).nullish(),
    // As a header takes it (RFC 9110 section 5.5), and as long at least as GMP_API_TOKEN.
    api_token: z
      .string()
      .min(8, 'is shorter than 8 characters')
      .max(1000)
      .regex(/^[!-~]+$/, 'is not ASCII without spaces')
      .nullish()
      .describe('Replaces the admin token at once; null leaves it. 409 while GMP_API_TOKEN is set.'),
    ...prefixed(bounceInput.shape),
  })
  .openapi('InstanceInput', { example: { name: 'mail-proxy', bounce_enabled: false } });

const bounce = z
  .object({
    enabled: z.boolean(),
    imap_host: z.string().optional(),
    imap_port: z.int(),
    imap_user: z.string().optional(),
    imap_password: z.literal('***').optional(),
    imap_folder: z.string(),
    imap_ssl: z.boolean(),
    poll_interval: z.int().describe('Seconds.'),
    return_path: z.string().optional(),
  })
  .openapi('Bounce');
const instance = z
  .object({
    id: z.literal(1),
    name: z.string(),
    ...prefixed(bounce.shape),
    created_at: z.string().describe('ISO 8601, UTC.'),
    updated_at: z.string().describe('ISO 8601, UTC.'),
  })
  .openapi('Instance');

/** The settings of the mailbox as they are called among those of the installation. */
function prefixed<T extends object>(shape: T) {
  const fields = Object.entries(shape).map(([name, schema]) => [`bounce_${name}`, schema]);
  return Object.fromEntries(fields) as { [K in keyof T & string as `bounce_${K}`]: T[K] };
}

export function addInstanceRoutes(app: OpenAPIHono<ApiEnv>, ctx: InstanceNeeds): void {
  describe(app, {
    method: 'get',
    path: '/instance',
    reach: 'admin',
    summary: 'The installation, secrets hidden',
    answer: instance,
  });
  app.get('/instance', async (c) => {
    requireAdmin(c);
    return c.json(await showInstance(ctx));
  });

  describe(app, {
    method: 'put',
    path: '/instance',
    reach: 'admin',
    summary: 'Alter the installation; null clears a setting, what is left out stays',
    body: instanceInput,
    answer: ok,
    example: { body: { name: 'post office', bounce_enabled: true }, answer: { ok: true } },
    refusals: { 409: 'The admin token is set by `GMP_API_TOKEN`.' },
  });
  app.put('/instance', async (c) => {
    requireAdmin(c);
    const { name, api_token, ...mailbox } = await readBody(c, instanceInput);
    if (api_token && ctx.config.apiToken !== undefined) {
      throw new Fault('conflict', 'The admin token is set by GMP_API_TOKEN and can only be changed there');
    }
    const given = Object.entries(mailbox).map(([field, value]) => [field.slice('bounce_'.length), value]);
    const bounce = bounceInput.parse(Object.fromEntries(given));
    await updateInstance(ctx, { name, adminToken: api_token ?? undefined, bounce });
    return c.json({ ok: true });
  });
  addBounceRoutes(app, ctx);
}

function addBounceRoutes(app: OpenAPIHono<ApiEnv>, ctx: InstanceNeeds): void {
  describe(app, {
    method: 'get',
    path: '/instance/bounce',
    reach: 'admin',
    summary: 'The mailbox for bounces, its password hidden',
    answer: bounce,
  });
  app.get('/instance/bounce', async (c) => {
    requireAdmin(c);
    return c.json(await showBounce(ctx));
  });

  describe(app, {
    method: 'put',
    path: '/instance/bounce',
    reach: 'admin',
    summary: 'Alter the mailbox for bounces; null clears a setting, what is left out stays',
    body: bounceInput,
    answer: ok,
    example: { body: { imap_host: 'imap.example.com', imap_user: 'bounces' }, answer: { ok: true } },
  });
  app.put('/instance/bounce', async (c) => {
    requireAdmin(c);
    await updateInstance(ctx, { bounce: await readBody(c, bounceInput) });
    return c.json({ ok: true });
  });

  // The second is how the original calls it.
  for (const path of ['/instance/bounce/reload', '/instance/reload-bounce']) {
    describe(app, {
      method: 'post',
      path,
      reach: 'admin',
      summary: 'Have the mailbox for bounces read anew',
      answer: ok.extend({ error: z.null() }),
      example: { answer: { ok: true, error: null } },
      refusals: { 400: 'The mailbox names no server.' },
    });
    app.post(path, async (c) => {
      requireAdmin(c);
      if (!(await reloadBounce(ctx))) throw new Fault('bad_request', 'imap_host is not set');
      return c.json({ ok: true, error: null });
    });
  }
}
