// The route through which messages come in.
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import { acceptMessages } from '../accept/accept-messages.js';
import { messageInput, prioritySchema } from '../accept/message-input.js';
import type { Context } from '../context.js';
import { Fault } from '../errors.js';
import type { ApiEnv } from './authenticate.js';
import { describe, ok } from './describe.js';
import { readJson } from './read-json.js';
import { fitBody } from './read-request.js';

const mostMessages = 1000;

/** Each message is checked on its own (contract section 4), so the body asks only that each is an object. */
const body = z.object({
  messages: z.array(z.custom<Record<string, unknown>>(isObject, 'is not an object')),
  default_priority: prioritySchema.nullish(),
});

const rejected = z.array(z.object({ id: z.string().nullable(), reason: z.string() }));

export function addAddMessagesRoute(app: OpenAPIHono<ApiEnv>, ctx: Context): void {
  describe(app, {
    method: 'post',
    path: '/commands/add-messages',
    summary: 'Hand in messages; when the call has answered, every queued one is durable',
    body: body.extend({ messages: z.array(messageInput) }),
    answer: ok.extend({ queued: z.int(), rejected }),
  });
  app.post('/commands/add-messages', async (c) => {
    const given = await readJson(c);
    // Before anything looks at each of them: there may be millions.
    if (isObject(given) && Array.isArray(given.messages) && given.messages.length > mostMessages) {
      const error = `Cannot enqueue more than ${mostMessages} messages at once`;
      return c.json({ detail: { error, rejected: [] } }, 400);
    }
    const { messages, default_priority } = fitBody(given, body);
    const caller = c.get('caller');
    const tenantId = caller.kind === 'tenant' ? caller.tenantId : undefined;
    if (tenantId !== undefined && messages.some((message) => namesAnother(message, tenantId))) {
      throw new Fault('unauthenticated', 'Token not authorized for this tenant');
    }
    const taken = await acceptMessages(ctx, tenantId, messages, default_priority ?? undefined);
    if (messages.length > 0 && taken.queued === 0 && !taken.onlySentBefore) {
      return c.json({ detail: { error: 'No message was queued', rejected: taken.rejected } }, 400);
    }
    return c.json({ ok: true, queued: taken.queued, rejected: taken.rejected });
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is no tenant's id at all is for the check of the message to name. */
function namesAnother({ tenant_id }: Record<string, unknown>, tenantId: string): boolean {
  return typeof tenant_id === 'string' && tenant_id !== '' && tenant_id !== tenantId;
}
