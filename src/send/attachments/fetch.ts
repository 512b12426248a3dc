// Fetches attachments over HTTP, in bounded time, size, number and disk, whatever the source does.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { openByteBudget, type Piece } from '../../concurrency/byte-budget.js';
import type { Needs } from '../../context.js';
import { openDnsLookup } from '../../dial/dns-lookup.js';
import { openHttpAgents } from '../../dial/http-agents.js';
import type { Attachment } from '../../domain/attachment/attachment.js';
import { mimeTypeOfContent, mimeTypeOfName, mostToRecognize } from '../../domain/attachment/mime-type.js';
import { AttachmentFault, type LoadedAttachment } from './loaded-attachment.js';
import { requestAttachment, toAttachmentFault } from './request.js';
import type { Source } from './source.js';
import { openSpool, type Spool } from './spool.js';

/** @throws AttachmentFault */
export type FetchAttachment = (
  tenantId: string,
  attachment: Attachment,
  source: Source,
) => Promise<LoadedAttachment>;

const mebibyte = 1024 * 1024;

/** How long a source may send nothing. */
const idleMs = 15_000;

/** How long a content waits for room; less than `idleMs`, because nothing is read meanwhile. */
const growMs = 10_000;

const noRoom = () =>
  new AttachmentFault('too many attachments wait for their mails to leave', true, { isUncounted: true });

type FetchNeeds = Needs<'config' | 'clock'>;

export function openFetcher(
  ctx: FetchNeeds,
  lookup = openDnsLookup(ctx),
): { fetch: FetchAttachment; close(): void } {
  const agents = openHttpAgents(ctx, lookup);
  const { maxConcurrentAttachments, attachmentSpoolMb, attachmentTimeout } = ctx.config;
  // Each has shares for tenants, so that one with slow sources leaves room for the others.
  const fetches = openByteBudget(ctx.clock, maxConcurrentAttachments);
  const spools = openByteBudget(ctx.clock, attachmentSpoolMb * mebibyte);

  async function inTurn<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    const turn = await fetches.enter(tenantId, 1, undefined);
    try {
      return await work();
    } finally {
      turn?.leave();
    }
  }

  async function fetch(tenantId: string, attachment: Attachment, source: Source): Promise<LoadedAttachment> {
    const room = await spools.enter(tenantId, 0, undefined);
    const spool = openSpool();
    const close = async () => {
      room?.leave();
      await spool.close();
    };
    const watch = watchSource(ctx, attachmentTimeout * 1000);
    try {
      const response = await requestAttachment(ctx, agents, source, watch.signal);
      const start = await receive(ctx, attachment, response, { spool, room, watch });
      const { filename } = attachment;
      const mimeType = attachment.mimeType ?? mimeTypeOfName(filename) ?? (await mimeTypeOfContent(start));
      return { ...attachment, mimeType, size: spool.size, read: () => spool.read(), close };
    } catch (error) {
      await close();
      throw toAttachmentFault(watch.signal.aborted ? watch.signal.reason : error);
    } finally {
      watch.stop();
    }
  }

  return {
    fetch: (tenantId, attachment, source) => inTurn(tenantId, () => fetch(tenantId, attachment, source)),
    close: agents.close,
  };
}

interface Watch {
  signal: AbortSignal;
  /** Something has come. */
  heard(): void;
  stop(): void;
}

/** Ends a fetch that takes too long as a whole, or in which nothing comes for a while. */
function watchSource({ clock }: Needs<'clock'>, wholeMs: number): Watch {
  const cut = new AbortController();
  const endAfter = (ms: number, what: string) =>
    clock.after(ms, () => cut.abort(new AttachmentFault(`the source ${what} within ${ms / 1000} s`, true)));
  const stopWhole = endAfter(wholeMs, 'did not give the content');
  let stopIdle = endAfter(idleMs, 'did not answer');
  return {
    signal: cut.signal,
    heard() {
      stopIdle();
      stopIdle = endAfter(idleMs, 'sent nothing more');
    },
    stop() {
      stopIdle();
      stopWhole();
    },
  };
}

/** @returns the first bytes of the content */
async function receive(
  ctx: FetchNeeds,
  { md5 }: Attachment,
  response: IncomingMessage,
  { spool, room, watch }: { spool: Spool; room: Piece | undefined; watch: Watch },
): Promise<Buffer> {
  const most = ctx.config.maxAttachmentMb;
  const tooLarge = () =>
    new AttachmentFault(`it has more than GMP_MAX_ATTACHMENT_MB (${most}) allows`, false);
  const hash = createHash('md5');
  let start: Buffer = Buffer.alloc(0);
  try {
    if (Number(response.headers['content-length'] ?? 0) > most * mebibyte) throw tooLarge();
    for await (const block of decoded(response) as AsyncIterable<Buffer>) {
      watch.heard();
      if (spool.size + block.length > most * mebibyte) throw tooLarge();
      if (!(await room?.grow(block.length, growMs))) throw noRoom();
      if (start.length < mostToRecognize) start = Buffer.concat([start, block]).subarray(0, mostToRecognize);
      hash.update(block);
      await spool.write(block);
      watch.heard();
    }
  } finally {
    response.destroy();
  }
  if (md5 !== undefined && hash.digest('hex') !== md5)
    throw new AttachmentFault('its content does not have the stated MD5', false);
  return start;
}

/** Some servers compress although they were asked not to. What comes out counts, so that a small bomb is a large content. */
function decoded(response: IncomingMessage): Readable {
  const encoding = (response.headers['content-encoding'] ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return response;
  const makers = {
    gzip: createGunzip,
    'x-gzip': createGunzip,
    deflate: createInflate,
    br: createBrotliDecompress,
  };
  if (!Object.hasOwn(makers, encoding))
    throw new AttachmentFault('the source compresses in a way that is not known', false);
  // Errors surface where the result is read.
  return pipeline(response, makers[encoding as keyof typeof makers](), () => undefined);
}
