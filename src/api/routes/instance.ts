// Routes of the installation itself: its name, its admin token, the mailbox for bounces.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { hostName } from '../../accept/host-name.js';
import { identifier, lineOfText } from '../../accept/identifier.js';
import { returnPath } from '../../accept/message-input.js';
import { Fault } from '../../errors.js';
import { reloadBounce, showBounce, showInstance, updateInstance } from '../../store/instance/settings.js';
import type { Needs } from '../context.js';
import { type ApiEnv, requireAdmin } from '../middleware/authenticate.js';
import { readBody } from '../middleware/read-request.js';
import { describe, ok } from '../openapi/describe.js';

type InstanceNeeds = Needs<'db' | 'clock' | 'secrets' | 'config'>;

const bounceInput = z
  .object({
    enabled: z.boolean().nullish().describe('Whether the mailbox is read; false unless set.'),
    imap_host: hostName.nullish().describe('Name or address of the IMAP server.'),
    imap_port: z.int().min(1).max(65_535).nullish().describe('Its port; 993 unless set.'),
    imap_user: lineOfText(1000).nullish().describe('Name to log in with.'),
    imap_password: lineOfText(10_000)
      .nullish()
      .describe('Password to log in with. Encrypted at rest and never shown; `***` leaves it as it is.'),
    imap_folder: identifier(255).nullish().describe('Folder that is read; INBOX unless set.'),
    imap_ssl: z.boolean().nullish().describe('TLS from the first byte; true unless set.'),
    poll_interval: z.int().min(1).max(86_400).nullish().describe('Seconds between two looks; 60 unless set.'),
    return_path: returnPath
      .refine((address) => address !== '', 'is empty')
      .nullish()
      .describe('Envelope sender of mails that name none, so that their bounces arrive in this mailbox.'),
  })
  .openapi('BounceSettings', {
    description: 'The mailbox for mails that came back, as it is set up.',
    example: { enabled: true, imap_host: 'imap.example.com', imap_user: 'bounces' },
  });

const instanceInput = z
  .object({
    name: identifier(255).nullish().describe('What the installation is called; mail-proxy unless set.'),
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
  .openapi('InstanceInput', {
    description: 'Settings of the installation.',
    example: { name: 'mail-proxy', bounce_enabled: false },
  });

const bounceExample = {
  enabled: true,
  imap_host: 'imap.example.com',
  imap_port: 993,
  imap_user: 'bounces',
  imap_password: '***' as const,
  imap_folder: 'INBOX',
  imap_ssl: true,
  poll_interval: 60,
};
const bounce = z
  .object({
    enabled: z.boolean().describe('Whether the mailbox is read.'),
    imap_host: z.string().optional().describe('Name or address of the IMAP server.'),
    imap_port: z.int().describe('Its port.'),
    imap_user: z.string().optional().describe('Name to log in with.'),
    imap_password: z.literal('***').optional().describe('Stands for the password; absent: none is set.'),
    imap_folder: z.string().describe('Folder that is read.'),
    imap_ssl: z.boolean().describe('TLS from the first byte.'),
    poll_interval: z.int().describe('Seconds between two looks.'),
    return_path: z.string().optional().describe('Envelope sender of mails that name none.'),
  })
  .openapi('Bounce', {
    description: 'The mailbox for mails that came back.',
    example: bounceExample,
  });
const instance = z
  .object({
    id: z.literal(1).describe('Always 1.'),
    name: z.string().describe('What the installation is called.'),
    ...prefixed(bounce.shape),
    created_at: z.string().describe('When it was first started. ISO 8601, UTC.'),
    updated_at: z.string().describe('When it last changed. ISO 8601, UTC.'),
  })
  .openapi('Instance', { description: 'The installation.' });

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
    operationId: 'getInstance',
    summary: 'The installation, secrets hidden',
    description: 'With the settings of the mailbox for bounces, as they are in force.',
    answer: instance,
    example: {
      answer: {
        id: 1,
        name: 'mail-proxy',
        bounce_enabled: false,
        bounce_imap_port: 993,
        bounce_imap_folder: 'INBOX',
        bounce_imap_ssl: true,
        bounce_poll_interval: 60,
        created_at: '2026-11-25T09:46:40Z',
        updated_at: '2026-11-25T09:46:40Z',
      },
    },
  });
  app.get('/instance', async (c) => {
    requireAdmin(c);
    return c.json(await showInstance(ctx));
  });

  describe(app, {
    method: 'put',
    path: '/instance',
    reach: 'admin',
    operationId: 'updateInstance',
    summary: 'Alter the installation; null clears a setting, what is left out stays',
    description: 'It takes effect in every process.',
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
    operationId: 'getBounceSettings',
    summary: 'The mailbox for bounces, its password hidden',
    description: 'The same settings as those of `GET /instance` that begin with `bounce_`.',
    answer: bounce,
    example: { answer: bounceExample },
  });
  app.get('/instance/bounce', async (c) => {
    requireAdmin(c);
    return c.json(await showBounce(ctx));
  });

  describe(app, {
    method: 'put',
    path: '/instance/bounce',
    reach: 'admin',
    operationId: 'updateBounceSettings',
    summary: 'Alter the mailbox for bounces; null clears a setting, what is left out stays',
    description: 'It takes effect at the next look into the mailbox, in every process.',
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
  for (const [path, operationId] of [
    ['/instance/bounce/reload', 'reloadBounce'],
    ['/instance/reload-bounce', 'reloadBounceAsBefore'],
  ] as const) {
    describe(app, {
      method: 'post',
      path,
      reach: 'admin',
      operationId,
      summary: 'Have the mailbox for bounces read anew',
      description:
        'With the settings as they are now. Both paths do the same; the second is that of genro-mail-proxy.',
      answer: ok.extend({ error: z.null().describe('Always null.') }),
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
