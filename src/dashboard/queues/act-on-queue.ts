// What the buttons of Bull Board do: commands of the API, so that the database decides and the command log tells. Everything
// else that would change a queue is refused.
import type { Context as HttpContext } from 'hono';
import type { ApiContext } from '../../api/context.js';
import type { ApiEnv } from '../../api/middleware/authenticate.js';
import { ownerOfQueue } from '../../queue/queues.js';
import type { CallApi } from '../call-api.js';

interface Command {
  name: 'suspend' | 'activate' | 'retry-messages';
  query: Record<string, string>;
  body?: object;
}

interface Answer {
  status: number;
  /** Bull Board shows `error`. */
  body: { error?: string };
}

const refused = 'That would get round the database. /docs has the commands that change what waits';

/** @param path below that of Bull Board's own API */
export async function actOnQueue(
  c: HttpContext<ApiEnv>,
  ctx: Pick<ApiContext, 'db' | 'queues'>,
  callApi: CallApi,
  path: string,
): Promise<Answer> {
  const command = c.req.method === 'PUT' ? await commandOf(ctx, path) : undefined;
  if (command === undefined) return { status: 403, body: { error: refused } };
  const { name, query, body } = command;
  const asked = `/commands/${name}?${new URLSearchParams(query)}`;
  const answer = await callApi<{ detail?: unknown }>(c, 'POST', asked, body);
  if (answer.status === 200) return { status: 200, body: {} };
  return { status: answer.status, body: { error: JSON.stringify(answer.body.detail) } };
}

/** Of an account: pausing suspends it, promoting tries what waits for its next try at once, and retrying what failed. */
async function commandOf(ctx: Pick<ApiContext, 'db' | 'queues'>, path: string): Promise<Command | undefined> {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const [what, queue, last, verb] = parts;
  if (what !== 'queues' || queue === undefined) return undefined;
  const switching = { pause: 'suspend', resume: 'activate' } as const;
  if (parts.length === 2 && (queue === 'pause' || queue === 'resume'))
    return { name: switching[queue], query: { all: 'true' } };
  const { tenantId, accountId } = ownerOfQueue(queue);
  // The account of the installation belongs to no tenant, so no command is about it alone.
  if (!queue.startsWith('send.') || accountId === null) return undefined;
  if (parts.length === 3 && (last === 'pause' || last === 'resume'))
    return { name: switching[last], query: { tenant_id: tenantId, account_id: accountId } };
  const retry = { name: 'retry-messages', query: { tenant_id: tenantId } } as const;
  if (parts.length === 3 && last === 'promote')
    return { ...retry, body: { filter: { account_id: accountId, status: 'deferred' } } };
  if (parts.length === 4 && last === 'retry' && verb === 'failed')
    return { ...retry, body: { filter: { account_id: accountId, status: 'error' } } };
  if (parts.length !== 4 || last === undefined || !['promote', 'retry'].includes(verb ?? ''))
    return undefined;
  const job = await ctx.queues.send(queue).getJob(last);
  const message = job && (await ctx.db.read.message.findUnique({ where: { pk: job.data.pk } }));
  return message ? { ...retry, body: { ids: [message.id] } } : undefined;
}
