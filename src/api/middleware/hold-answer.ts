// Bounds the memory that large answers take: while they are read and written as JSON, and while callers read them.
import type { Context as HttpContext } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { betweenSteps } from '../../concurrency/next-turn.js';
import { Fault } from '../../errors.js';
import { holdPayload } from '../../memory.js';
import type { Needs } from '../context.js';
import type { ApiEnv } from './authenticate.js';
import { memoryOwner, patienceMs, tooMany } from './limit-body.js';

/** A large answer is written in pieces of this size, the next one when the caller has taken those before it. */
const writtenAtOnce = 64 * 1024;

/**
 * Returns a function to be awaited before as many bytes are read for the answer.
 * @throws Fault `busy` when no room came free in time, `too_large` when this process can never show so much at once
 */
export function holdAnswer(ctx: Needs<'memory'>, c: HttpContext<ApiEnv>): (bytes: number) => Promise<void> {
  return async (bytes) => {
    if (bytes > ctx.memory.largestBytes) {
      throw new Fault('too_large', `An answer of ${bytes} bytes is larger than this process can hold`);
    }
    const held = await holdPayload(ctx, memoryOwner(c.get('caller')), bytes, patienceMs);
    if (held === undefined) throw tooMany();
    c.get('held')?.leave();
    c.set('held', held);
    await betweenSteps(bytes);
  };
}

/**
 * Answers with JSON. The room of a held answer is given back when the caller has read it, or is gone. Other calls are served
 * between the steps of a large one.
 */
export async function answerJson(
  c: HttpContext<ApiEnv>,
  answer: object,
  status: ContentfulStatusCode = 200,
): Promise<Response> {
  const held = c.get('held');
  await betweenSteps(held?.bytes ?? 0);
  const text = JSON.stringify(answer);
  const headers = { 'Content-Type': 'application/json' };
  if (held === undefined) return c.body(text, status, headers);
  await betweenSteps(text.length);
  const bytes = Buffer.from(text);
  held.toWire(bytes.length);
  const { outgoing } = c.env;
  if (outgoing.closed) held.leave();
  else outgoing.once('close', held.leave);
  if (bytes.length <= writtenAtOnce) return c.body(text, status, headers);
  const length = { 'Content-Length': String(bytes.length) };
  return c.body(ReadableStream.from(piecesOf(bytes)), status, { ...headers, ...length });
}

function* piecesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += writtenAtOnce) yield bytes.subarray(at, at + writtenAtOnce);
}
