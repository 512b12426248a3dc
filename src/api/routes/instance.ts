// Routes of the installation: its name, its admin token, and the mailbox for bounces.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { instanceMailbox } from '../../domain/bounce/mailbox.js';
import { Fault } from '../../errors.js';
import { readMailboxNow } from '../../queue/mailbox-jobs.js';
import {
  clearBounce,
  reloadBounce,
  showBounce,
  showInstance,
  updateInstance,
} from '../../store/instance/settings.js';
import { tellRedis } from '../ask-redis.js';
import type { Needs } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { route } from '../openapi/route.js';
import { refuseChange } from '../refuse-change.js';
import {
  bounceAudit,
  bounceExample,
  bounceInput,
  bounceStatus,
  instance,
  instanceAudit,
  instanceInput,
} from '../schemas/instance.js';
import { ok } from '../schemas/ok.js';

type InstanceNeeds = Needs<'db' | 'clock' | 'secrets' | 'config' | 'queues' | 'redis' | 'log'>;

/**
 * The settings of the installation (contract section 3). Admin only. A new admin token takes effect at once: the call
 * that sets it is the last one the old token can make. While `GMP_API_TOKEN` is set, the stored token is never used, so
 * changing it is refused with 409 instead of being ignored.
 */
export function addInstanceRoutes(app: OpenAPIHono<ApiEnv>, ctx: InstanceNeeds): void {
  addGetInstanceRoute(app, ctx);
  addUpdateInstanceRoute(app, ctx);
  addBounceRoutes(app, ctx);
}

function addGetInstanceRoute(app: OpenAPIHono<ApiEnv>, ctx: InstanceNeeds): void {
  route(
    app,
    {
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
          bounce_imap_starttls: false,
          bounce_after_reading: 'leave',
          bounce_move_folder: 'Bounces',
          bounce_poll_interval: 60,
          created_at: '2026-11-25T09:46:40Z',
          updated_at: '2026-11-25T09:46:40Z',
        },
      },
    },
    () => showInstance(ctx),
  );
}

function addUpdateInstanceRoute(app: OpenAPIHono<ApiEnv>, ctx: InstanceNeeds): void {
  route(
    app,
    {
      method: 'put',
      path: '/instance',
      audit: instanceAudit,
      reach: 'admin',
      operationId: 'updateInstance',
      summary: 'Alter the installation; null clears a setting, what is left out stays',
      description: `It takes effect in every process. ${passwordRule('bounce_')}`,
      body: instanceInput,
      answer: ok,
      example: { body: { name: 'post office', bounce_enabled: true }, answer: { ok: true } },
      refusals: { 409: 'The admin token is set by `GMP_API_TOKEN`.' },
    },
    async ({ body }) => {
      const { name, api_token, ...mailbox } = body;
      if (api_token && ctx.config.apiToken !== undefined) {
        throw new Fault(
          'conflict',
          'The admin token is set by GMP_API_TOKEN. Change it there and restart, or unset GMP_API_TOKEN and restart ' +
            'to be able to change it here',
        );
      }
      // The fields were checked already, under their longer names. Parsing them again gives the compiler their types.
      const given = Object.entries(mailbox).map(([field, value]) => [field.slice('bounce_'.length), value]);
      const bounce = bounceInput.parse(Object.fromEntries(given));
      const change = await updateInstance(ctx, { name, adminToken: api_token ?? undefined, bounce });
      refuseChange(change, 'bounce_');
      await readAnew(ctx);
      return { ok: true };
    },
  );
}

function passwordRule(prefix: string): string {
  const fields = ['imap_host', 'imap_port', 'imap_user', 'imap_ssl'].map((name) => `\`${prefix}${name}\``);
  return (
    `A change of ${fields.join(', ')} that sends the stored password elsewhere, or with less TLS, needs ` +
    `\`${prefix}imap_password\` again.`
  );
}

/**
 * The mailbox alone. Its settings are those of the installation that begin with `bounce_`. Each change and each reload
 * raises a revision. The revision tells every process that it has to open the mailbox anew.
 */
function addBounceRoutes(app: OpenAPIHono<ApiEnv>, ctx: InstanceNeeds): void {
  addGetBounceSettingsRoute(app, ctx);
  addUpdateBounceSettingsRoute(app, ctx);
  addClearBounceSettingsRoute(app, ctx);
  addReloadBounceRoute(app, ctx, '/instance/bounce/reload', 'reloadBounce');
  // The path of genro-mail-proxy.
  addReloadBounceRoute(app, ctx, '/instance/reload-bounce', 'reloadBounceAsBefore');
}

function addGetBounceSettingsRoute(app: OpenAPIHono<ApiEnv>, ctx: InstanceNeeds): void {
  route(
    app,
    {
      method: 'get',
      path: '/instance/bounce',
      reach: 'admin',
      operationId: 'getBounceSettings',
      summary: 'The mailbox for bounces, its password hidden, and how it fares',
      description: 'The same settings as those of `GET /instance` that begin with `bounce_`.',
      answer: bounceStatus,
      example: {
        answer: {
          ...bounceExample,
          state: 'watching',
          last_read_ts: 1_790_000_000,
          mails_read: 120,
          bounces_read: 98,
        },
      },
    },
    () => showBounce(ctx),
  );
}

function addUpdateBounceSettingsRoute(app: OpenAPIHono<ApiEnv>, ctx: InstanceNeeds): void {
  route(
    app,
    {
      method: 'put',
      path: '/instance/bounce',
      audit: bounceAudit,
      reach: 'admin',
      operationId: 'updateBounceSettings',
      summary: 'Alter the mailbox for bounces; null clears a setting, what is left out stays',
      description: `It takes effect within a second, in every process. ${passwordRule('')}`,
      body: bounceInput,
      answer: ok,
      example: { body: { imap_host: 'imap.example.com', imap_user: 'bounces' }, answer: { ok: true } },
    },
    async ({ body }) => {
      refuseChange(await updateInstance(ctx, { bounce: body }));
      await readAnew(ctx);
      return { ok: true };
    },
  );
}

/** Sessions of every process see the new revision by themselves. The job begins one where there is none. */
async function readAnew(ctx: InstanceNeeds): Promise<void> {
  await tellRedis(ctx, () => readMailboxNow(ctx, instanceMailbox));
}

function addClearBounceSettingsRoute(app: OpenAPIHono<ApiEnv>, ctx: InstanceNeeds): void {
  route(
    app,
    {
      method: 'delete',
      path: '/instance/bounce',
      audit: { keeps: [] },
      reach: 'admin',
      operationId: 'clearBounceSettings',
      summary: 'Clear the settings of the mailbox for bounces',
      description: 'It is no longer read. What was read from it stays.',
      answer: ok,
      example: { answer: { ok: true } },
    },
    async () => {
      await clearBounce(ctx);
      await readAnew(ctx);
      return { ok: true };
    },
  );
}

function addReloadBounceRoute(
  app: OpenAPIHono<ApiEnv>,
  ctx: InstanceNeeds,
  path: string,
  operationId: string,
): void {
  route(
    app,
    {
      method: 'post',
      path,
      reach: 'admin',
      operationId,
      summary: 'Have the mailbox for bounces read anew',
      description:
        'At once, and without the pause after a failure. Both paths do the same; the second is that of genro-mail-proxy.',
      answer: ok.extend({ error: z.null().describe('Always null.') }),
      example: { answer: { ok: true, error: null } },
      refusals: { 400: 'The mailbox names no server.' },
    },
    async () => {
      if (!(await reloadBounce(ctx))) throw new Fault('bad_request', 'imap_host is not set');
      await readAnew(ctx);
      return { ok: true, error: null };
    },
  );
}
