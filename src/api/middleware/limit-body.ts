// Bounds the memory that request bodies take, one by one and all together.
import type { MiddlewareHandler } from 'hono';
import { Fault } from '../../errors.js';
import type { Needs } from '../context.js';
import type { ApiEnv, Caller } from './authenticate.js';
import { type BodyRoom, openBodyRoom } from './body-room.js';
import { cutOff } from './read-json.js';

const mebibyte = 1024 * 1024;

/** Larger bodies have a room of their own, so that small bodies never wait behind them. */
const smallBytes = mebibyte;
const smallRoomBytes = 64 * mebibyte;

/** How long a body waits for room before the call is answered 503. */
const patienceMs = 5000;

/** How long the rest of a body that is too large is received and discarded. */
const drainMs = 30_000;

/** How many bytes of such a body are received beyond the largest allowed size. */
const drainBytes = 64 * mebibyte;

/** Methods without a body in the Fetch standard. */
const bodiless = new Set(['GET', 'HEAD']);

/** Comes after authentication, because each caller has a share of the room. */
export function limitBody(ctx: Needs<'clock' | 'config'>): MiddlewareHandler<ApiEnv> {
  const { clock, config } = ctx;
  const maxBytes = config.maxBodyMb * mebibyte;
  const small = openBodyRoom(clock, smallRoomBytes, patienceMs);
  const large = openBodyRoom(clock, Math.max(config.maxBodiesMb * mebibyte, maxBytes), patienceMs);
  return async (c, next) => {
    const length = c.req.header('content-length');
    const hasBody = length !== undefined || c.req.header('transfer-encoding') !== undefined;
    if (bodiless.has(c.req.method) || !hasBody) return next();
    const owner = nameOf(c.get('caller'));
    const leave: (() => void)[] = [];
    const enter = async (room: BodyRoom, bytes: number) => {
      const left = await room.enter(owner, bytes);
      if (left !== undefined) return leave.push(left);
      throw new Fault('busy', 'Too many large bodies at once; try again');
    };
    try {
      // Node's HTTP parser reads no more than the announced Content-Length.
      const announced = length === undefined ? undefined : Number(length);
      if (announced !== undefined && announced <= maxBytes) {
        await enter(announced > smallBytes ? large : small, announced);
      } else {
        // Only on this path, because asking for the stream builds a standard Request with a web stream and an abort signal.
        const { body } = c.req.raw;
        if (body === null) return await next();
        const received = await receive(body, ctx, announced === undefined ? maxBytes : 0, (bytes) =>
          enter(bytes > smallBytes ? large : small, bytes),
        );
        if (received === undefined) {
          c.header('Connection', 'close');
          throw new Fault('too_large', `The body is larger than ${config.maxBodyMb} MB`);
        }
        c.req.raw = new Request(c.req.raw, { body: received });
      }
      await next();
    } finally {
      for (const each of leave) each();
    }
  };
}

function nameOf(caller: Caller): string {
  return caller.kind === 'tenant' ? `tenant ${caller.tenantId}` : caller.kind;
}

/**
 * Receives a body of unknown size, or one that is known to be too large (`maxBytes` 0). A body that is too large is
 * received and discarded, because most callers read no answer before they have sent everything; they would only see
 * the connection close.
 * @param enter asks for room: for a small body first, and for the largest once the body has outgrown a small one
 * @returns undefined when the body is larger than `maxBytes`
 */
async function receive(
  body: ReadableStream<Uint8Array>,
  { clock }: Needs<'clock'>,
  maxBytes: number,
  enter: (bytes: number) => Promise<unknown>,
): Promise<Buffer<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = [];
  const until = clock.now() + drainMs;
  let size = 0;
  let room = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      const needed = size <= smallBytes ? Math.min(smallBytes, maxBytes) : maxBytes;
      if (size <= maxBytes && room < needed) {
        await enter(needed);
        room = needed;
      }
      if (size <= maxBytes) chunks.push(chunk);
      else chunks.length = 0;
      if (size > maxBytes && (clock.now() > until || size > maxBytes + drainBytes)) break;
    }
  } catch (error) {
    throw error instanceof Fault ? error : cutOff(error);
  }
  return size > maxBytes ? undefined : Buffer.concat(chunks);
}
