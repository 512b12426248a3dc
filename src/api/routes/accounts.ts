// Routes that create, show, alter, delete and try out SMTP accounts.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { Fault, isFault } from '../../errors.js';
import { resumeQueues } from '../../queue/resume-queues.js';
import { askOnce, removalJob } from '../../queue/sweep-jobs.js';
import { findAccount, listAccounts } from '../../store/accounts/accounts.js';
import { closeBreaker } from '../../store/accounts/breaker.js';
import { deleteAccount, putAccount, updateAccount } from '../../store/accounts/change.js';
import { findSendingAccounts } from '../../store/accounts/sending-accounts.js';
import { findLatestSender } from '../../store/contents/latest-sender.js';
import { tellRedis } from '../ask-redis.js';
import type { ApiContext } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { holdAnswer } from '../middleware/hold-answer.js';
import { route } from '../openapi/route.js';
import { readMailboxOf } from '../read-mailbox.js';
import { refuseChange } from '../refuse-change.js';
import { refusePrivateHosts } from '../refuse-private-hosts.js';
import { account, accountExample } from '../schemas/account.js';
import { accountAudit, accountInput, accountPatch } from '../schemas/account-input.js';
import { accountNotes } from '../schemas/field-notes.js';
import { ok } from '../schemas/ok.js';
import { nextCursor, nextPage, pageAsked, pageQuery } from '../schemas/page.js';
import { tenantQuery } from '../schemas/tenant-in-query.js';

const passwordRule =
  'A change of `host`, `port` or `user`, or of `use_tls` towards less, needs a stored password again, or null to clear it; so do `imap_host`, `imap_port`, `imap_user` and `imap_tls` for `imap_password`.';
const missing = 'The tenant has no account of this id.';
const limitedByAdmin = 'The account has limits that the admin set: only the admin may delete it';
const limitsLifted = 'It lifts a limit that the admin set.';

/**
 * The SMTP accounts of a tenant (contract section 6). An account of another tenant is answered as one that does not
 * exist, so that no caller learns which ids others use. A change ends the pauses of the account's queue everywhere.
 */
export function addAccountRoutes(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  addPutAccountRoute(app, ctx);
  addListAccountsRoute(app, ctx);
  addGetAccountRoute(app, ctx);
  addUpdateAccountRoute(app, ctx);
  addDeleteAccountRoute(app, ctx);
  addVerifyAccountRoute(app, ctx);
}

function addPutAccountRoute(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  route(
    app,
    {
      method: 'post',
      path: '/account',
      audit: accountAudit,
      tenant: 'body',
      operationId: 'putAccount',
      summary: 'Create an SMTP account, or replace it',
      description:
        'Replacing puts the default in place of every setting that is left out. It takes effect on the next message that ' +
        `is sent, in every process. ${passwordRule}`,
      body: accountInput,
      notes: accountNotes,
      answer: ok,
      example: {
        body: {
          id: 'main',
          tenant_id: 'shop',
          host: 'smtp.example.com',
          port: 587,
          user: 'shop',
          password: 'correct horse battery staple',
          limit_per_hour: 500,
        },
        answer: { ok: true },
      },
      refusals: { 403: limitsLifted, 404: 'There is no such tenant.' },
    },
    async ({ body, tenantId, caller }) => {
      const { id, tenant_id, ...settings } = body;
      await refusePrivateHosts(ctx, caller, { tenantId, accountId: id }, settings);
      // Only the admin can name a tenant that does not exist. A tenant may also be deleted while the call is running.
      const change = await putAccount(ctx, tenantId, id, settings, caller.kind === 'admin');
      if (change.kind === 'missing') throw new Fault('not_found', 'tenant not found');
      refuseChange(change);
      await resumeQueues(ctx, [{ tenantId, accountId: id }]);
      await readMailboxOf(ctx, { tenantId, accountId: id }, settings);
      return { ok: true };
    },
  );
}

function addListAccountsRoute(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  route(
    app,
    {
      method: 'get',
      path: '/accounts',
      tenant: 'query',
      operationId: 'listAccounts',
      summary: 'The accounts of a tenant, passwords hidden',
      description: 'All of them, in the order of their ids; more than 4 MiB on pages.',
      query: tenantQuery.extend(pageQuery.shape),
      answer: ok.extend({
        accounts: z.array(account).describe('In the order of their ids.'),
        next_cursor: nextCursor,
      }),
      example: { answer: { ok: true, accounts: [accountExample] } },
    },
    async ({ tenantId, query }, c) => {
      const page = await listAccounts(ctx, tenantId, pageAsked(query), holdAnswer(ctx, c));
      return { ok: true, accounts: page.entries, ...nextPage(page.nextCursor) };
    },
  );
}

function addGetAccountRoute(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  route(
    app,
    {
      method: 'get',
      path: '/account/{id}',
      tenant: 'query',
      operationId: 'getAccount',
      summary: 'One account',
      description: 'With its settings as they are in force, the password hidden.',
      query: tenantQuery,
      answer: account,
      example: { answer: accountExample },
      refusals: { 404: missing },
    },
    async ({ id, tenantId }) => {
      const found = await findAccount(ctx, tenantId, id);
      if (found === undefined) throw noAccount('not_found');
      return found;
    },
  );
}

function addUpdateAccountRoute(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  route(
    app,
    {
      method: 'put',
      path: '/account/{id}',
      audit: accountAudit,
      tenant: 'query',
      operationId: 'updateAccount',
      summary: 'Alter an account; null clears a setting, what is left out stays',
      description:
        'It takes effect on the next message that is sent, in every process. A password of `***` leaves the password as ' +
        `it is. ${passwordRule}`,
      query: tenantQuery,
      body: accountPatch,
      notes: accountNotes,
      answer: ok,
      example: { body: { limit_per_hour: 1000, limit_per_day: null }, answer: { ok: true } },
      refusals: { 403: limitsLifted, 404: missing },
    },
    async ({ body: settings, id, tenantId, caller }) => {
      await refusePrivateHosts(ctx, caller, { tenantId, accountId: id }, settings);
      const change = await updateAccount(ctx, tenantId, id, settings, caller.kind === 'admin');
      if (change.kind === 'missing') throw noAccount('not_found');
      refuseChange(change);
      await resumeQueues(ctx, [{ tenantId, accountId: id }]);
      await readMailboxOf(ctx, { tenantId, accountId: id }, settings);
      return { ok: true };
    },
  );
}

function addDeleteAccountRoute(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  route(
    app,
    {
      method: 'delete',
      path: '/account/{id}',
      audit: { keeps: ['tenant_id'] },
      tenant: 'query',
      operationId: 'deleteAccount',
      summary: 'Delete an account',
      description:
        'Messages that name it and are not sent yet will fail. A tenant may not delete an account whose limits the admin set, ' +
        'because it could make it anew without them.',
      query: tenantQuery,
      answer: ok,
      example: { answer: { ok: true } },
      refusals: { 400: missing, 403: 'The admin has set limits of the account.' },
    },
    async ({ id, tenantId, caller }) => {
      const deleted = await deleteAccount(ctx, tenantId, id, caller.kind === 'admin');
      if (deleted === 'limited_by_admin') throw new Fault('forbidden', limitedByAdmin);
      // Clients of genro-mail-proxy expect 400 here.
      if (deleted === 'missing') throw noAccount('bad_request');
      // Resumed, so that messages which wait for the account fail at once.
      await resumeQueues(ctx, [{ tenantId, accountId: id }]);
      await tellRedis(ctx, () => askOnce(ctx, removalJob));
      return { ok: true };
    },
  );
}

function addVerifyAccountRoute(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  route(
    app,
    {
      method: 'post',
      path: '/account/{id}/verify',
      audit: { keeps: ['tenant_id'] },
      tenant: 'query',
      operationId: 'verifyAccount',
      summary: 'Connect, log in and offer a mail, without sending any',
      description:
        'Answered 200 either way: `ok` says whether the server took the login, and a mail from the sender of the latest ' +
        'message (MAIL FROM, taken back with RSET). It takes as long as the server does, some 25 seconds at most.',
      query: tenantQuery,
      answer: ok.extend({
        ok: z.boolean().describe('Whether the account works.'),
        error: z.string().optional().describe('Why it does not.'),
      }),
      example: { answer: { ok: false, error: 'The server refuses the user or the password (535)' } },
      refusals: { 404: missing },
    },
    async ({ id, tenantId }) => {
      const error = await whyUnusable(ctx, tenantId, id);
      // A failed verification changes nothing: an account that is paused stays paused, and one that sends goes on.
      if (error !== undefined) return { ok: false, error };
      const owner = { tenantId, accountId: id };
      // The login works again, so the account need not wait until its breaker closes.
      await closeBreaker(ctx, owner);
      await resumeQueues(ctx, [owner]);
      return { ok: true };
    },
  );
}

/** A password that none of the keys decrypts is a fault of the account, as is one that the server refuses. */
async function whyUnusable(ctx: ApiContext, tenantId: string, id: string): Promise<string | undefined> {
  try {
    // Unlike `findAccount`, this returns the decrypted password, with which the verification logs in.
    const [found] = await findSendingAccounts(ctx, [{ tenantId, accountId: id }]);
    if (found === undefined) throw noAccount('not_found');
    return await ctx.verifyAccount(found, await findLatestSender(ctx, { tenantId, accountId: id }));
  } catch (error) {
    if (isFault(error, 'wrong_encryption_key')) return error.message;
    throw error;
  }
}

function noAccount(code: 'not_found' | 'bad_request'): Fault {
  return new Fault(code, 'account not found or not owned by tenant');
}
