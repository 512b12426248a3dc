// Routes that tell how accounts are doing now.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { lineOfText } from '../../../accept/identifier.js';
import type { Owner } from '../../../domain/owner.js';
import { Fault } from '../../../errors.js';
import { findAccountStates } from '../../../store/account-state/find-states.js';
import { conditions, listOwners } from '../../../store/account-state/list-owners.js';
import { findRecentErrors } from '../../../store/account-state/recent-errors.js';
import type { Needs } from '../../context.js';
import { type ApiEnv, tenantOf } from '../../middleware/authenticate.js';
import { queryLimit } from '../../middleware/read-request.js';
import { route } from '../../openapi/route.js';
import { ok } from '../../schemas/ok.js';
import { nextCursor, nextPage } from '../../schemas/page.js';
import { tenantQuery } from '../../schemas/tenant-in-query.js';
import { accountState, recentError, showError, showState, stateExample } from './shown-state.js';

const most = 1000;

const query = z.object({
  tenant_id: lineOfText(255)
    .optional()
    .describe("Whose. A tenant's token means its own; the admin may leave it out and is shown all."),
  only: z
    .enum(conditions)
    .optional()
    .describe(
      'Only accounts that are suspended, whose circuit breaker is not closed, of which a window is full, or that have messages which are not sent yet.',
    ),
  limit: queryLimit(most).describe('Entries in the answer at most; absent: 100.'),
  cursor: lineOfText(511)
    .regex(/^[^/]+\//, 'is not a next_cursor of this list')
    .optional()
    .describe('`next_cursor` of the page before; the other parameters stay as they were.'),
});

type StateNeeds = Needs<'db' | 'clock' | 'config' | 'secrets' | 'sendClock'>;

/** They only read, and tell a tenant of its own accounts alone. */
export function addAccountStateRoutes(app: OpenAPIHono<ApiEnv>, ctx: StateNeeds): void {
  addListRoute(app, ctx);
  addOneRoute(app, ctx);
}

function addListRoute(app: OpenAPIHono<ApiEnv>, ctx: StateNeeds): void {
  route(
    app,
    {
      method: 'get',
      path: '/accounts/state',
      operationId: 'listAccountStates',
      summary: 'How accounts are doing now',
      description:
        'What waits, how full the windows of the limits are, and what holds each back; in the order of tenants and accounts.',
      query,
      answer: ok.extend({
        accounts: z.array(accountState).describe('This page of the list.'),
        next_cursor: nextCursor,
      }),
      example: { answer: { ok: true, accounts: [stateExample] } },
      refusals: { 404: 'There is no such tenant.' },
    },
    async ({ query: asked, caller }, c) => {
      const { tenant_id, only, limit = 100, cursor } = asked;
      const tenantId = caller.kind === 'admin' ? tenant_id : tenantOf(caller, 'query', tenant_id);
      if (caller.kind === 'admin' && tenantId !== undefined && !(await c.get('isTenant')(tenantId)))
        throw new Fault('not_found', 'tenant not found');
      const owners = await listOwners(ctx, { tenantId, only, limit, after: ownerIn(cursor) });
      const page = owners.slice(0, limit);
      const last = owners.length > limit ? page.at(-1) : undefined;
      const states = await findAccountStates(ctx, page);
      return {
        ok: true,
        accounts: states.map((state) => showState(state, caller)),
        ...nextPage(last && `${last.tenantId}/${last.accountId ?? ''}`),
      };
    },
  );
}

/** No tenant's id has a slash. */
function ownerIn(cursor: string | undefined): Owner | undefined {
  if (cursor === undefined) return undefined;
  const at = cursor.indexOf('/');
  return { tenantId: cursor.slice(0, at), accountId: cursor.slice(at + 1) || null };
}

function addOneRoute(app: OpenAPIHono<ApiEnv>, ctx: StateNeeds): void {
  route(
    app,
    {
      method: 'get',
      path: '/account/{id}/state',
      tenant: 'query',
      operationId: 'getAccountState',
      summary: 'How an account is doing now',
      description:
        'As in `GET /accounts/state`, with what went wrong within the last day: of the 200 failed and the 200 deferred ' +
        'messages that were accepted last.',
      query: tenantQuery,
      answer: ok.extend({
        ...accountState.shape,
        errors: z.array(recentError).describe('By reply code, the latest first.'),
      }),
      example: {
        answer: {
          ok: true,
          ...stateExample,
          errors: [{ smtp_code: 451, count: 3, last_ts: 1_789_999_000, error: '451 4.3.0 Try again later' }],
        },
      },
      refusals: { 404: 'The tenant has no account of this id.' },
    },
    async ({ id, tenantId, caller }) => {
      const owner = { tenantId, accountId: id };
      const [[state], errors] = await Promise.all([
        findAccountStates(ctx, [owner]),
        findRecentErrors(ctx, owner),
      ]);
      if (state === undefined) throw new Fault('not_found', 'account not found or not owned by tenant');
      return { ok: true, ...showState(state, caller), errors: errors.map(showError) };
    },
  );
}
