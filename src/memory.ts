// Bounds the memory that payloads take in this process, so that no caller, mail server or application can exhaust it.
import { getHeapStatistics } from 'node:v8';
import type { Clock } from './clock.js';
import { type ByteBudget, openByteBudget, type Piece } from './concurrency/byte-budget.js';
import type { Config } from './config.js';

/**
 * A payload is either worked on (parsed, built, written as JSON), on the heap and never for long, or it is on the wire, in
 * buffers that wait for the other side. The other side may take its time, so nothing that waits for it holds room for work.
 * A caller that needs both asks for the wire first.
 */
export interface Memory {
  /** In bytes of payload; each takes about six bytes of heap while it is worked on. */
  work: Room;
  wire: Room;
  /** For the calls of the admin, so that no tenant can keep the admin out. */
  admin: { work: ByteBudget; wire: ByteBudget };
  /** The contents of attachments that arrive in bodies, on disk. */
  disk: ByteBudget;
  /** How many large contents are stored at once: their writes hold up those of small messages, on disk and in the database. */
  storing: ByteBudget;
  /** A payload with more bytes cannot be worked on, even if nothing else is in memory. */
  largestBytes: number;
}

/** Small payloads have a budget of their own, so that they never wait behind large ones. */
interface Room {
  small: ByteBudget;
  large: ByteBudget;
}

/** Up to here a payload is small. */
export const smallBytes = 64 * 1024;

const storedAtOnce = 2;

/** The budget of small payloads, as a part of that of large ones. */
const partForSmall = 1 / 4;

const mebibyte = 1024 * 1024;

/** Heap that a payload takes for each of its bytes: as text, parsed, and written as JSON, some of it with two bytes a character. */
const heapPerByte = 6;
/** The part of the heap that work may take. */
const workPart = 0.4;
/** The part of the heap that a single payload may take. */
const largestPart = 0.8;

export function openMemory(
  clock: Pick<Clock, 'after'>,
  config: Pick<Config, 'maxPayloadsMb' | 'maxBodyMb' | 'attachmentSpoolMb'>,
  heapBytes = getHeapStatistics().heap_size_limit,
): Memory {
  const wireMb = Math.max(config.maxPayloadsMb, 2 * config.maxBodyMb);
  const open = (bytes: number): Room => ({
    small: openByteBudget(clock, bytes * partForSmall),
    large: openByteBudget(clock, bytes),
  });
  return {
    work: open((heapBytes * workPart) / heapPerByte),
    wire: open(wireMb * mebibyte),
    admin: {
      work: openByteBudget(clock, 4 * mebibyte),
      wire: openByteBudget(clock, config.maxBodyMb * mebibyte),
    },
    disk: openByteBudget(clock, Math.max(config.attachmentSpoolMb, config.maxBodyMb) * mebibyte),
    storing: openByteBudget(clock, storedAtOnce),
    largestBytes: Math.floor((heapBytes * largestPart) / heapPerByte),
  };
}

/** Room on the wire, and for as long as it is worked on, room for work. */
export interface HeldPayload {
  bytes: number;
  /** The work is done; the payload now waits for the other side in buffers of this size. */
  toWire(bytes: number): void;
  leave(): void;
}

/**
 * @param patienceMs the longest wait for each; undefined: as long as it takes
 * @returns undefined when no room came free in time
 */
export async function holdPayload(
  { memory }: { memory: Memory },
  owner: string,
  bytes: number,
  patienceMs: number | undefined,
): Promise<HeldPayload | undefined> {
  const wire = await roomFor(memory.wire, bytes).enter(owner, bytes, patienceMs);
  if (wire === undefined) return undefined;
  let work: Piece | undefined;
  try {
    work = await roomFor(memory.work, bytes).enter(owner, bytes, patienceMs);
  } finally {
    if (work === undefined) wire.leave();
  }
  if (work === undefined) return undefined;
  const held = work;
  return {
    bytes,
    toWire(size) {
      wire.resize(size);
      held.leave();
    },
    leave() {
      held.leave();
      wire.leave();
    },
  };
}

export function roomFor({ small, large }: Room, bytes: number): ByteBudget {
  return bytes <= smallBytes ? small : large;
}
