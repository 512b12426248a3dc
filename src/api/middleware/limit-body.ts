// Bounds what request bodies take, one by one and all together: memory, and disk for the contents of attachments in them.
import { createHash, randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import { openLift } from '../../accept/attachments/lift-contents.js';
import type { Piece } from '../../concurrency/byte-budget.js';
import { Fault } from '../../errors.js';
import { type Memory, roomFor, smallBytes } from '../../memory.js';
import type { Needs } from '../context.js';
import type { ApiEnv, Caller } from './authenticate.js';
import { receiveBody } from './receive-body.js';

const mebibyte = 1024 * 1024;

/** How long a body waits for room before the call is answered 503. */
export const patienceMs = 5000;

/** Methods without a body in the Fetch standard. */
const bodiless = new Set(['GET', 'HEAD']);

/** Comes after authentication, because each caller has a share of the memory. */
export function limitBody(ctx: Needs<'clock' | 'config' | 'memory'>): MiddlewareHandler<ApiEnv> {
  const { memory, config } = ctx;
  const maxBytes = Math.min(config.maxBodyMb * mebibyte, memory.largestBytes);
  return async (c, next) => {
    const length = c.req.header('content-length');
    const hasBody = length !== undefined || c.req.header('transfer-encoding') !== undefined;
    if (bodiless.has(c.req.method) || !hasBody) return next();
    const caller = c.get('caller');
    const owner = memoryOwner(caller);
    const room = await openWire(memory, caller);
    // A small body is parsed as it is.
    const mayLift = length === undefined || Number(length) > smallBytes;
    const disk = openDisk(memory, owner);
    const lift = mayLift ? openLift(randomUUID(), disk.grow) : undefined;
    const hash = c.req.header('idempotency-key') === undefined ? undefined : createHash('sha256');
    try {
      const bounds = { maxBytes, announced: length === undefined ? undefined : Number(length) };
      const bytes = await receiveBody(ctx, c.env.incoming, bounds, async (chunk) => {
        hash?.update(chunk);
        const kept = lift === undefined ? [chunk] : await lift.take(chunk);
        await room.grow(kept.reduce((sum, { length: more }) => sum + more, 0));
        return kept;
      });
      if (bytes === undefined) {
        throw new Fault('too_large', `The body is larger than ${Math.floor(maxBytes / mebibyte)} MB`);
      }
      const isReserved = caller.kind === 'admin' && bytes.length <= mebibyte;
      const budget = isReserved ? memory.admin.work : roomFor(memory.work, bytes.length);
      const work = given(await budget.enter(owner, bytes.length, patienceMs));
      try {
        c.set('body', bytes);
        c.set('lifted', lift?.contents);
        c.set('bodyHash', hash?.digest('hex'));
        await next();
      } finally {
        work.leave();
      }
    } catch (error) {
      // Node would take the unread part of the body for the next call.
      if (!c.env.incoming.complete) c.header('Connection', 'close');
      throw error;
    } finally {
      room.leave();
      await lift?.close();
      disk.leave();
    }
  };
}

/** Room on disk, from the first bytes on. */
function openDisk({ disk }: Memory, owner: string) {
  let piece: Piece | undefined;
  return {
    async grow(bytes: number): Promise<void> {
      piece ??= given(await disk.enter(owner, 0, patienceMs));
      if (!(await piece.grow(bytes, patienceMs))) throw tooMany();
    },
    leave: () => piece?.leave(),
  };
}

/** Room for a body that is being received. It moves once from the budget for small bodies to that for large ones. */
async function openWire({ admin, wire }: Memory, caller: Caller) {
  const owner = memoryOwner(caller);
  let budget = caller.kind === 'admin' ? admin.wire : wire.small;
  let piece = given(await budget.enter(owner, 0, patienceMs));
  let size = 0;
  return {
    async grow(bytes: number): Promise<void> {
      size += bytes;
      if (budget === wire.small && size > smallBytes) {
        budget = wire.large;
        const small = piece;
        piece = given(await budget.enter(owner, size, patienceMs));
        small.leave();
      } else if (!(await piece.grow(bytes, patienceMs))) throw tooMany();
    },
    leave: () => piece.leave(),
  };
}

/** @throws Fault `busy` without a piece */
function given(piece: Piece | undefined): Piece {
  if (piece === undefined) throw tooMany();
  return piece;
}

/** Whose share of the memory a call uses. */
export function memoryOwner(caller: Caller): string {
  return caller.kind === 'tenant' ? `tenant ${caller.tenantId}` : caller.kind;
}

/** The answer to a call for which no room came free in time. */
export function tooMany(): Fault {
  return new Fault('busy', 'Too many large calls at once; try again');
}
