// Receives a request body: each chunk is given away before the next one is read, and a body that comes too slowly or is too large ends.
import type { IncomingMessage } from 'node:http';
import { betweenSteps } from '../../concurrency/next-turn.js';
import { Fault } from '../../errors.js';
import type { Needs } from '../context.js';

const mebibyte = 1024 * 1024;

/** How long the rest of a body that is too large is received and discarded. */
const drainMs = 30_000;
/** How many bytes of such a body are received beyond the largest allowed size. */
const drainBytes = 64 * mebibyte;

/** A body has to arrive at this pace on average, once it has taken this long. */
const leastBytesPerSecond = 4 * 1024;
const graceMs = 10_000;
const checkMs = 1000;

interface Bounds {
  maxBytes: number;
  /** Content-Length. Node's HTTP parser reads no more than that. */
  announced: number | undefined;
}

/**
 * A body that is too large is received and discarded, because most callers read no answer before they have sent everything;
 * they would only see the connection close.
 * @param keep is awaited for each chunk, before the next one is read; it returns what belongs to the body that is returned
 * @returns undefined when the body is larger than `maxBytes`
 * @throws Fault `too_slow`; `bad_request` when the caller hung up before the end
 */
export async function receiveBody(
  { clock }: Needs<'clock'>,
  incoming: IncomingMessage,
  { maxBytes, announced = 0 }: Bounds,
  keep: (chunk: Buffer) => Promise<Buffer[]>,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  // The answer goes over the same connection, so the stream must not be destroyed where reading stops early.
  const arriving = incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  const pace = watchPace(clock);
  let size = 0;
  let isTooLarge = announced > maxBytes;
  const drainUntil = clock.now() + drainMs;
  try {
    for (;;) {
      const { value: chunk, done } = await pace.watch(next(arriving));
      if (done) break;
      size += chunk.length;
      isTooLarge ||= size > maxBytes;
      if (!isTooLarge) {
        const resume = pace.pause(chunk.length);
        const kept = await keep(chunk);
        resume();
        chunks.push(...kept);
        continue;
      }
      pace.pause(chunk.length)();
      chunks.length = 0;
      if (clock.now() > drainUntil || size > maxBytes + drainBytes) break;
    }
  } finally {
    pace.stop();
  }
  if (isTooLarge) return undefined;
  if (chunks.length === 1 && chunks[0]) return chunks[0];
  const whole = Buffer.concat(chunks);
  await betweenSteps(whole.length);
  return whole;
}

async function next(arriving: AsyncIterator<Buffer>) {
  try {
    return await arriving.next();
  } catch (cause) {
    throw new Fault('bad_request', 'The request ended before its body did', { cause });
  }
}

/** Time in which this process makes the caller wait does not count. */
function watchPace(clock: Needs<'clock'>['clock']) {
  let ms = 0;
  let bytes = 0;
  let isPaused = false;
  let fail: (reason: Fault) => void = () => {};
  const stop = clock.every(checkMs, () => {
    if (isPaused) return;
    ms += checkMs;
    if (ms >= graceMs && bytes < (ms / 1000) * leastBytesPerSecond)
      fail(new Fault('too_slow', `The body came at less than ${leastBytesPerSecond} bytes a second`));
  });
  return {
    stop,
    /**
     * Rejects when fewer bytes have come than the pace asks for. A race with one promise for the whole body would keep each
     * chunk in memory until its end, because that promise would keep the result of every race.
     */
    watch<T>(arriving: Promise<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        fail = reject;
        arriving.then(resolve, reject);
      });
    },
    pause(more: number) {
      bytes += more;
      isPaused = true;
      return () => {
        isPaused = false;
      };
    },
  };
}
