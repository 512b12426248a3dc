// Calls the API within the process, as whoever is logged in: pages show and do what the API would, checked and logged alike.
import { IncomingMessage } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import type { Context as HttpContext } from 'hono';
import type { ApiEnv } from '../api/middleware/authenticate.js';

/** Answers a request, as the HTTP server asks for it. */
export type Serve = (request: Request, connection: HttpBindings) => Response | Promise<Response>;

/** The OpenAPI document says what each route answers; the caller names the part of it that it reads. */
export type CallApi = <Body>(
  c: HttpContext<ApiEnv>,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
) => Promise<{ status: number; body: Body }>;

export function openApiCalls(serveApi: Serve): CallApi {
  return async <Body>(...[c, method, path, body]: Parameters<CallApi>) => {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    const forwarded = c.req.header('x-forwarded-for');
    const request = new Request(new URL(path, c.req.url), {
      method,
      headers: {
        // The command log names the address of the person, not of this process.
        ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }),
        ...(bytes !== undefined && { 'content-length': String(bytes.length) }),
      },
    });
    const connection = { ...c.env, incoming: incomingOf(c, bytes), loggedIn: c.get('caller') };
    const response = await serveApi(request, connection);
    return { status: response.status, body: (await response.json()) as Body };
  };
}

/** The API reads bodies from the connection, so this one looks as if the body had just come. */
function incomingOf(c: HttpContext<ApiEnv>, bytes: Buffer | undefined): IncomingMessage {
  const incoming = new IncomingMessage(c.env.incoming.socket);
  if (bytes !== undefined) incoming.push(bytes);
  incoming.push(null);
  incoming.complete = true;
  return incoming;
}
