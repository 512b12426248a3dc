// Listens for HTTP: first with little more than /health, then with the whole API once everything is open.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { systemClock } from '../clock.js';
import type { Config } from '../config.js';
import { Fault, reasonOf } from '../errors.js';
import { answerHeaders } from './middleware/answer-headers.js';
import { answerMalformed } from './middleware/answer-malformed.js';
import { healthAnswer } from './routes/health.js';

export interface Listening {
  /** As it really is, also where port 0 was asked for. */
  port: number;
  /** From now on, every request goes there. */
  answerWith(fetch: Answer): void;
  /** Takes no new connections; resolves when the requests under way are answered. */
  close(): Promise<void>;
}

/** What requests under way are given when the service stops. */
const longestRequestMs = 5000;

/** A connection on which nothing moves for so long, such as one whose answer nobody reads, is closed. */
const longestSilenceMs = 600_000;

/** How often Node looks for requests that are late: the most by which a time-out is overrun. */
const lateCheckMs = 1000;

type Answer = (request: Request, connection: HttpBindings) => Response | Promise<Response>;

type ListenConfig = Pick<
  Config,
  'host' | 'port' | 'headersTimeoutSeconds' | 'requestTimeoutSeconds' | 'keepAliveSeconds'
>;

/** @throws Fault `port_in_use`, naming the setting */
export async function listen(config: ListenConfig): Promise<Listening> {
  let answer: Answer = answerEarly;
  const answerRequest = getRequestListener(
    (request, connection) => answer(request, connection as HttpBindings),
    {
      errorHandler: answerUnread,
      // It closes the connection half a second after an answer that left a body unread, also when the connection is
      // already used for the next call. Without it, Node reads that body to its end and goes on.
      autoCleanupIncoming: false,
    },
  );
  const server = createServer(
    {
      headersTimeout: Math.min(config.headersTimeoutSeconds, config.requestTimeoutSeconds) * 1000,
      requestTimeout: config.requestTimeoutSeconds * 1000,
      keepAliveTimeout: config.keepAliveSeconds * 1000,
      connectionsCheckingInterval: lateCheckMs,
      // Node's own answer to a request without Host has neither a body nor a request id.
      requireHostHeader: false,
    },
    (incoming, outgoing) => {
      for (const [name, value] of Object.entries(answerHeaders)) outgoing.setHeader(name, value);
      // Node reads nothing more on a connection once a request on it has asked for another protocol.
      if (incoming.headers.upgrade !== undefined) outgoing.shouldKeepAlive = false;
      void answerRequest(incoming, outgoing);
    },
  );
  server.timeout = longestSilenceMs;
  answerMalformed(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(refusal(config, cause)));
    server.listen(config.port, config.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    answerWith(fetch) {
      answer = fetch;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        // A request that never ends must not take the time that sends under way have to finish.
        systemClock.after(longestRequestMs, () => server.closeAllConnections());
      }),
  };
}

function answerEarly(request: Request): Response {
  const headers = { 'X-Request-Id': randomUUID() };
  if (new URL(request.url).pathname === '/health') return Response.json(healthAnswer(), { headers });
  return Response.json(
    { detail: 'The service is starting' },
    { status: 503, headers: { ...headers, 'Retry-After': '1' } },
  );
}

/** For what cannot be made a request of, such as an address or a Host header that is none. */
function answerUnread(): Response {
  return Response.json({ detail: 'Bad Request' }, { status: 400, headers: { 'X-Request-Id': randomUUID() } });
}

function refusal({ host, port }: Pick<Config, 'host' | 'port'>, cause: Error): Fault {
  const code = 'code' in cause ? cause.code : '';
  if (code === 'EADDRINUSE')
    return new Fault('port_in_use', `GMP_PORT ${port} is in use on ${host}`, { cause });
  return new Fault(
    'port_in_use',
    `GMP_HOST ${host} and GMP_PORT ${port} cannot be listened on: ${reasonOf(cause)}`,
    { cause },
  );
}
