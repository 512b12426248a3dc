// The route that accepts messages.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context as HttpContext } from 'hono';
import { acceptMessages } from '../../accept/accept-messages.js';
import { openAcceptOnce } from '../../accept/accept-once.js';
import type { Acceptance } from '../../accept/acceptance.js';
import { warningsAbout } from '../../accept/message-warnings.js';
import { Fault } from '../../errors.js';
import type { ApiContext } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { answerWith } from '../openapi/other-answer.js';
import { route } from '../openapi/route.js';
import { retryAfterSeconds } from '../retry-after.js';
import {
  added,
  addedExample,
  defaultPriority,
  documentedBody,
  noneAdded,
  noneWithinQuota,
} from '../schemas/added-messages.js';

/** The most messages in one call (contract section 4). */
const mostMessages = 1000;

/** Each message is checked by itself (contract section 4), so the schema only requires objects. */
const body = z.object({
  messages: z.array(z.custom<Record<string, unknown>>(isObject, 'is not an object')),
  default_priority: defaultPriority,
});

/** Of a message only what names and schedules it: never its addresses, its text or its links. */
const auditKeeps = [
  'default_priority',
  ...['id', 'tenant_id', 'account_id', 'batch_code', 'priority', 'deferred_ts'].map(
    (name) => `messages.${name}`,
  ),
];

const verdicts =
  'Each message stands alone: a bad one is rejected with a reason that names the field, the good ones are queued, all ' +
  'in one transaction. The id of a message that is not sent yet replaces it; one that was sent is rejected as `already sent`. ' +
  'Messages beyond a quota of the tenant are rejected with a reason that names it, the last ones of the call first; if ' +
  'none is left, the answer is 429, and an `Idempotency-Key` stays free.';

const repeating =
  'With an `Idempotency-Key`, a call that is repeated within 24 hours with the same body is not done again: it gets ' +
  'the first answer, with `Idempotency-Replayed: true`, also when the first one was never seen because the process ' +
  'that gave it died. A key belongs to the tenant of the token, or to the admin. Only answers about messages (200, and ' +
  '400 when all were rejected) are kept; whatever refused the call as a whole leaves the key free.';

/**
 * Submits messages (contract section 4). The admin and tenants may call it. The checks come in this order: the number of
 * messages (400), the shape of the body (422), a foreign tenant in any message (401), the idempotency key (400, 409).
 * Each of them refuses the whole call before anything is stored. Only then is each message checked by itself. The answer
 * waits for the commit and not for Redis.
 */
export function addAddMessagesRoute(app: OpenAPIHono<ApiEnv>, ctx: ApiContext): void {
  const acceptOnce = openAcceptOnce(ctx);
  route(
    app,
    {
      method: 'post',
      path: '/commands/add-messages',
      audit: { keeps: auditKeeps },
      operationId: 'addMessages',
      summary: 'Hand in messages; when the call has answered, every queued one is durable',
      description: `${verdicts}\n\n${repeating}`,
      idempotent: true,
      body,
      documentedBody,
      refuseEarly: refuseTooMany,
      answer: added,
      example: addedExample,
      refusals: {
        400: noneAdded,
        429: noneWithinQuota,
        409: 'The `Idempotency-Key` was used with another body.',
        503: 'The database does not answer, or another call with this `Idempotency-Key` takes too long; nothing was stored.',
      },
    },
    async ({ caller, body }, c) => {
      const { messages, default_priority } = body;
      const tenantId = caller.kind === 'tenant' ? caller.tenantId : undefined;
      // One foreign tenant refuses the whole call with 401, as in genro-mail-proxy (contract section 1).
      if (tenantId !== undefined && messages.some((message) => namesAnother(message, tenantId))) {
        throw new Fault('unauthenticated', 'Token not authorized for this tenant');
      }
      const lifted = c.get('lifted');
      const call = { tenantId, messages, lifted, defaultPriority: default_priority ?? undefined };
      const key = idempotencyKey(c);
      const { acceptance, replayed } =
        key === undefined
          ? { acceptance: await acceptMessages(ctx, call), replayed: false }
          : await acceptOnce(call, { key, bodyHash: c.get('bodyHash') ?? '' });
      if (replayed) c.header('Idempotency-Replayed', 'true');
      return answerAccepted(c, acceptance, warningsAbout(messages));
    },
  );
}

/** What was queued and what was rejected; a refusal where nothing of the call was good. */
function answerAccepted(
  c: HttpContext<ApiEnv>,
  { queued, rejected, onlySentBefore, overQuota }: Acceptance,
  warnings: string[],
) {
  const warned = warnings.length > 0 ? { warnings } : {};
  // A repeated call whose messages were all sent before has nothing wrong with it, so it is answered 200.
  if (rejected.length === 0 || queued > 0 || onlySentBefore)
    return { ok: true as const, queued, rejected, ...warned };
  if (overQuota === undefined)
    return answerWith(400, { detail: { error: 'No message was queued', rejected }, ...warned });
  c.header('Retry-After', retryAfterSeconds.unsentMessages);
  return answerWith(429, { detail: { error: overQuota, rejected }, ...warned });
}

/** There may be millions of messages, so they are counted before any is checked. */
function refuseTooMany(given: unknown) {
  if (!isObject(given) || !Array.isArray(given.messages) || given.messages.length <= mostMessages)
    return undefined;
  const error = `Cannot enqueue more than ${mostMessages} messages at once`;
  return answerWith(400, { detail: { error, rejected: [] } });
}

/** @throws Fault `bad_request` for a key that is not 1 to 255 visible ASCII characters */
function idempotencyKey(c: HttpContext<ApiEnv>): string | undefined {
  const key = c.req.header('idempotency-key');
  if (key === undefined || /^[!-~]{1,255}$/.test(key)) return key;
  throw new Fault('bad_request', 'Idempotency-Key is not 1 to 255 visible ASCII characters');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the message names another tenant. A value that is no tenant's id is left to the check of the message. */
function namesAnother({ tenant_id }: Record<string, unknown>, tenantId: string): boolean {
  return typeof tenant_id === 'string' && tenant_id !== '' && tenant_id !== tenantId;
}
