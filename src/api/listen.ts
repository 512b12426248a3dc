// Listens for HTTP: at first with /health alone, then with the whole API once the process is ready.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { systemClock } from '../clock.js';
import type { Config } from '../config.js';
import { Fault, reasonOf } from '../errors.js';
import type { Logger } from '../log.js';
import { boundConnections } from './bound-connections.js';
import { answerHeaders } from './middleware/answer-headers.js';
import { answerMalformed } from './middleware/answer-malformed.js';
import { noSuchPath } from './middleware/answer-unrouted.js';
import { retryAfterSeconds } from './retry-after.js';
import { healthAnswer } from './routes/health.js';

export interface Listening {
  /** The port in use, also when port 0 asked for a free one. */
  port: number;
  /** From now on, every request is answered by `fetch`. */
  answerWith(fetch: Answer): void;
  /** Takes no new connections; resolves when the requests in flight are answered. */
  close(): Promise<void>;
}

/** How long requests in flight may take when the service stops. */
const longestRequestMs = 5000;

/** A connection without any traffic for this long is closed. */
const longestSilenceMs = 600_000;

/** How long the rest of a body may take to come in when its call has been answered already. */
const restWithinMs = 20_000;

/** How often Node checks for late requests, and so the most by which a time-out is overrun. */
const lateCheckMs = 1000;

type Answer = (request: Request, connection: HttpBindings) => Response | Promise<Response>;

type ListenConfig = Pick<
  Config,
  | 'host'
  | 'port'
  | 'headersTimeoutSeconds'
  | 'requestTimeoutSeconds'
  | 'keepAliveSeconds'
  | 'maxConnections'
  | 'maxConnectionsPerAddress'
>;

/** @throws Fault `port_in_use`, naming the setting */
export async function listen(config: ListenConfig, log?: Logger): Promise<Listening> {
  let answer: Answer = answerEarly;
  const server = createBoundedServer(config, (request, connection) => answer(request, connection));
  answerMalformed(server, log);
  boundConnections(server, config, systemClock);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(refusal(config, cause)));
    // The kernel's default of 511 connections that wait to be accepted overflows when a thousand come at once.
    server.listen(config.port, config.host, config.maxConnections, resolve);
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
        // A request that never ends must not use up the time that sends in flight have to finish.
        systemClock.after(longestRequestMs, () => server.closeAllConnections());
      }),
  };
}

/** Every step of a request has a time-out. A call that cannot become a Request is answered here. */
function createBoundedServer(config: ListenConfig, answer: Answer): Server {
  const answerRequest = getRequestListener(
    (request, connection) =>
      hasDotSegment(connection.incoming.url ?? '')
        ? answerUnread(404, noSuchPath)
        : answer(request, connection as HttpBindings),
    {
      errorHandler: () => answerUnread(400, 'Bad Request'),
      // The clean-up closes the connection half a second after an answer that left a body unread, even when the
      // connection already carries the next call. Without the clean-up, Node reads that body to its end and goes on.
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
      // Node reads nothing more on a connection after a request that asked for another protocol.
      if (incoming.headers.upgrade !== undefined) outgoing.shouldKeepAlive = false;
      boundRest(incoming, outgoing);
      void answerRequest(incoming, outgoing);
    },
  );
  server.timeout = longestSilenceMs;
  return server;
}

/** Node receives and drops the rest of a body that no handler has read, so that the connection can carry another call. */
function boundRest(incoming: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.once('finish', () => {
    if (incoming.complete) return;
    incoming.once(
      'close',
      systemClock.after(restWithinMs, () => incoming.destroy()),
    );
  });
}

/** Before the process is ready: `/health` tells an orchestrator that it lives, and every other call is to come again. */
function answerEarly(request: Request): Response {
  const headers = { 'X-Request-Id': randomUUID() };
  if (new URL(request.url).pathname === '/health') return Response.json(healthAnswer(), { headers });
  return Response.json(
    { detail: 'The service is starting' },
    { status: 503, headers: { ...headers, 'Retry-After': retryAfterSeconds.starting } },
  );
}

/**
 * Whether the path as sent has a segment `.` or `..`, also in percent-encoding. A Request would resolve it, and answer
 * `/messages/%2E%2E/events` with all events of the tenant. Backslashes separate segments there as well.
 */
function hasDotSegment(target: string): boolean {
  const [path = ''] = target.split('?');
  return /(?:^|[/\\])(?:\.|%2e){1,2}(?=[/\\]|$)/i.test(path);
}

/** For a call that cannot become a Request, for example because its address or Host header is not valid. */
function answerUnread(status: number, detail: string): Response {
  return Response.json({ detail }, { status, headers: { 'X-Request-Id': randomUUID() } });
}

/** Names the setting that the operator has to change. */
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
