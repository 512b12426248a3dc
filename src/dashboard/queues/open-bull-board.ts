// Bull Board over the queues of this installation: those of accounts with work come and go with it.
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { HonoAdapter } from '@bull-board/hono';
import type { HttpBindings } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import type { ApiContext } from '../../api/context.js';
import type { JobQueue, SendJob } from '../../queue/jobs.js';
import { sendQueueName } from '../../queue/queues.js';
import { findQueuedOwners, type QueuedOwner } from '../../store/schedule/owners-with-work.js';

/** The most accounts whose queues are shown. Bull Board asks Redis for each queue's counts every few seconds. */
const mostAccounts = 1000;

/** How long a list of accounts is used before it is read anew. */
const freshMs = 5000;

interface BullBoard {
  answer(request: Request, connection: HttpBindings): Promise<Response>;
}

export async function openBullBoard(ctx: ApiContext, path: string): Promise<BullBoard> {
  const server = new HonoAdapter(serveStatic);
  server.setBasePath(path);
  const { replaceQueues } = createBullBoard({
    queues: [],
    serverAdapter: server,
    options: {
      uiBasePath: dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json')),
      uiConfig: {
        boardTitle: 'mail-proxy',
        hideRedisDetails: true,
        // One scheduler serves all queues, so none has a worker that Bull Board would see.
        showWorkers: false,
        pollingInterval: { showSetting: true, forceInterval: 10 },
      },
    },
  });
  const board = new Hono().route(path, server.registerPlugin());
  let readAt = Number.NEGATIVE_INFINITY;
  let owners: QueuedOwner[] = [];
  async function refresh(): Promise<void> {
    if (ctx.clock.monotonic() - readAt > freshMs) {
      owners = await findQueuedOwners(ctx, mostAccounts);
      readAt = ctx.clock.monotonic();
    }
    // Taken anew each time, because queues that are unused for a while are closed.
    replaceQueues(queuesOf(ctx, owners));
  }
  return {
    async answer(request, connection) {
      if (request.url.includes(`${path}/api/`)) await refresh();
      return withoutForeignFonts(await board.fetch(request, connection));
    },
  };
}

function queuesOf({ queues }: ApiContext, owners: QueuedOwner[]): BullMQAdapter[] {
  const { report, sweep, retention, bounce } = queues;
  const accounts = owners.map((owner) => {
    const { tenantId, accountId } = owner;
    const displayName = `${tenantId} / ${accountId ?? 'the account of the installation'}`;
    return new AccountQueue(queues.send(sendQueueName(owner)), displayName, owner);
  });
  return [report, sweep, retention, bounce].map((queue) => adapterOf(queue)).concat(accounts);
}

/** Its buttons go through the commands of the API (act-on-queue.ts), which show in the database and not in Redis. */
class AccountQueue extends BullMQAdapter {
  readonly #isSuspended: boolean;

  constructor(queue: JobQueue<SendJob>, displayName: string, { accountId, isSuspended }: QueuedOwner) {
    const isOfTenant = accountId !== null;
    super(queue as GivenQueue, { displayName, readOnlyMode: !isOfTenant, allowRetries: false });
    this.#isSuspended = isSuspended;
  }

  override isPaused(): Promise<boolean> {
    return Promise.resolve(this.#isSuspended);
  }
}

type GivenQueue = ConstructorParameters<typeof BullMQAdapter>[0];

/** The type of the queues leaves their backend open; it is always one of Redis. */
function adapterOf<T>(queue: JobQueue<T>): BullMQAdapter {
  return new BullMQAdapter(queue as GivenQueue, { readOnlyMode: true, allowRetries: false });
}

/** The page names fonts of another host, which the policy forbids; the browser would complain on each visit. */
async function withoutForeignFonts(response: Response): Promise<Response> {
  if (!(response.headers.get('content-type') ?? '').startsWith('text/html')) return response;
  const page = await response.text();
  const headers = new Headers(response.headers);
  headers.delete('content-length');
  return new Response(page.replace(/<link [^>]*href="https:[^>]*>/g, ''), {
    status: response.status,
    headers,
  });
}
