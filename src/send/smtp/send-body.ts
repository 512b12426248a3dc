// Hands a mail's body to a server block by block, in bounded time, and waits for the final reply no longer than allowed.
import { type Duplex, Readable } from 'node:stream';
import { nextTurn } from '../../concurrency/next-turn.js';
import type { Needs } from '../../context.js';
import type { Rest } from '../mime/envelope.js';
import { type Connection, lateFault, patienceAfterBody } from './connection.js';

/** A server has to take the whole body at this pace, after one reply time. */
const leastBytesPerSecond = 8 * 1024;
/** A server has to take each block within one reply time (RFC 5321 section 4.5.3.2.5). */
const blockBytes = 64 * 1024;

/**
 * @param beforeBody is awaited before the first byte leaves; if it rejects, no byte leaves
 * @param onFault gets its error, or the fault of a server that takes too long
 * @returns ends all deadlines
 */
interface OutgoingBody {
  target: Duplex;
  raw: Buffer;
  rest: Rest | undefined;
  beforeBody: (() => Promise<void>) | undefined;
}

export function sendBody(
  ctx: Needs<'config' | 'clock'>,
  connection: Connection,
  { target, raw, rest, beforeBody }: OutgoingBody,
  onFault: (error: unknown) => void,
): () => void {
  const replyMs = ctx.config.smtpReplyTimeoutSeconds * 1000;
  const wholeMs = replyMs + ((raw.length + (rest?.length ?? 0)) / leastBytesPerSecond) * 1000;
  const deadline = (ms: number, what: string) =>
    ctx.clock.after(ms, () => onFault(lateFault('message', what, ms)));
  let stopStep = () => {};
  const stopWhole = deadline(wholeMs, notTaken);
  let isOver = false;
  const expectBlock = () => {
    // The source may be about to give one more block when it is destroyed.
    if (isOver) return;
    stopStep();
    stopStep = deadline(replyMs, notTaken);
  };
  expectBlock();
  target.once('end', () => {
    stopWhole();
    stopStep();
    stopStep = deadline(patienceAfterBody * replyMs, 'did not reply to the mail');
  });
  let source: Readable | undefined;
  const begin = () => {
    source = write(target, raw, rest, expectBlock, onFault);
  };
  if (beforeBody === undefined) begin();
  else beforeBody().then(() => connection.ended || begin(), onFault);
  return () => {
    isOver = true;
    source?.destroy();
    stopWhole();
    stopStep();
  };
}

const notTaken = 'did not take the body';

/**
 * A mail as nodemailer wants it: once the server is ready for the body, nodemailer calls nothing but `pipe`. A real
 * Readable would cost each mail one more stream with its events.
 */
export function bodyStream(begin: (target: Duplex) => void): Readable {
  return { pipe: begin } as unknown as Readable;
}

/** Whether the whole body, and the dot that ends it, has gone to the socket. */
export function isWhole(body: Duplex): boolean {
  return body.readableEnded || (body.writableFinished && body.readableLength === 0);
}

/**
 * @param onBlock is called before each block
 * @param onFault gets the error of a content that cannot be read; the mail then lacks its end
 * @returns what the body is read from; undefined: it has been given away whole
 */
function write(
  target: Duplex,
  raw: Buffer,
  rest: Rest | undefined,
  onBlock: () => void,
  onFault: (error: unknown) => void,
): Readable | undefined {
  if (rest === undefined && raw.length <= blockBytes) {
    target.end(raw);
    return undefined;
  }
  const source = Readable.from(inTurns(raw, rest, onBlock));
  source.on('error', onFault);
  source.pipe(target);
  return source;
}

/** What leaves without a break, in some 3 ms. A server that is as fast as this process would take the whole mail in one turn. */
const bytesPerTurn = 512 * 1024;

async function* inTurns(raw: Buffer, rest: Rest | undefined, onBlock: () => void): AsyncGenerator<Buffer> {
  let inTurn = 0;
  for await (const part of partsOf(raw, rest)) {
    for (let at = 0; at < part.length; at += blockBytes) {
      if (inTurn >= bytesPerTurn) {
        await nextTurn();
        inTurn = 0;
      }
      onBlock();
      const block = part.subarray(at, at + blockBytes);
      inTurn += block.length;
      yield block;
    }
  }
}

async function* partsOf(raw: Buffer, rest: Rest | undefined): AsyncGenerator<Buffer> {
  yield raw;
  if (rest !== undefined) yield* rest.blocks();
}
