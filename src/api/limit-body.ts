// Refuses a body that is too large with an answer the caller gets to see: most callers read none before they have sent
// everything, and a connection that is closed under them is all they would learn.
import type { MiddlewareHandler } from 'hono';
import type { Clock } from '../clock.js';
import { Fault } from '../errors.js';
import type { ApiEnv } from './authenticate.js';

/** How long the rest of a body that is too large is received and thrown away. */
const patienceMs = 30_000;

export function limitBody(clock: Clock, maxMb: number): MiddlewareHandler<ApiEnv> {
  const maxBytes = maxMb * 1024 * 1024;
  return async (c, next) => {
    const announced = c.req.header('content-length');
    // The parser of HTTP holds the caller to its Content-Length.
    const fits = announced === undefined ? !c.req.header('transfer-encoding') : Number(announced) <= maxBytes;
    if (fits || c.req.raw.body === null) return next();
    const received = await receive(c.req.raw.body, maxBytes, clock);
    if (received === undefined) {
      c.header('Connection', 'close');
      throw new Fault('too_large', `The body is larger than ${maxMb} MB`);
    }
    c.req.raw = new Request(c.req.raw, { body: received });
    await next();
  };
}

/** @returns undefined when there is more than that */
async function receive(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
  clock: Clock,
): Promise<Buffer<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  const until = clock.now() + patienceMs;
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
    if (size > maxBytes && clock.now() > until) break;
  }
  return size > maxBytes ? undefined : Buffer.concat(chunks);
}
