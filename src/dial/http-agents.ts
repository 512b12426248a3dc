// Makes HTTP requests over connections that stay open, and to a tenant's endpoint only where the guard allows it.
import http, { type ClientRequest, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import type { Needs } from '../context.js';
import { checkDestination, guardLookup } from './guard.js';
import { hostAndPort } from './http-url.js';

export interface HttpAgents {
  /**
   * Follows no redirect.
   * @param isTrusted whether the operator or the admin named the URL
   * @param connectMs in which the connection must be there, TLS included
   * @throws DestinationRefused; the request itself emits the refusal of a name
   */
  request(url: URL, isTrusted: boolean, connectMs: number, options: RequestOptions): ClientRequest;
  /** Ends all connections at once. */
  close(): void;
}

/** Shorter than the time for which servers keep an idle connection, so that hardly a request meets one that is closing. */
const idleMs = 4000;

/**
 * Trusted and other URLs share no connection, because a request over an open connection asks the guard nothing. Node's
 * own client passes over any 1xx that comes before the final status, also an unasked 100 Continue.
 */
export function openHttpAgents(ctx: Needs<'config' | 'clock'>, lookup: LookupFunction): HttpAgents {
  const trusted = openAgents(lookup);
  const guarded = openAgents(guardLookup(ctx, lookup));
  return {
    request(url, isTrusted, connectMs, options) {
      const isTls = url.protocol === 'https:';
      checkDestination(ctx, { protocol: 'http', ...hostAndPort(url), isTrusted });
      const agents = isTrusted ? trusted : guarded;
      const request = isTls
        ? https.request(url, { ...options, agent: agents.https })
        : http.request(url, { ...options, agent: agents.http });
      request.once('socket', (socket) => {
        if (!request.reusedSocket) boundConnecting(ctx, request, socket, isTls, connectMs);
      });
      return request;
    },
    close() {
      for (const agents of [trusted, guarded]) {
        agents.http.destroy();
        agents.https.destroy();
      }
    },
  };
}

function openAgents(lookup: LookupFunction): { http: http.Agent; https: https.Agent } {
  // The time-out ends idle connections only: nothing listens to it while a request is under way.
  const options = { keepAlive: true, timeout: idleMs, lookup };
  return { http: new http.Agent(options), https: new https.Agent(options) };
}

function boundConnecting(
  { clock }: Needs<'clock'>,
  request: ClientRequest,
  socket: Socket,
  isTls: boolean,
  ms: number,
): void {
  const stop = clock.after(ms, () =>
    request.destroy(new Error(`Connect timeout: no connection within ${ms / 1000} s`)),
  );
  socket.once(isTls ? 'secureConnect' : 'connect', stop);
  request.once('close', stop);
}
