// Fetches attachments over HTTP, in bounded time, size, number and disk, whatever the source does.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { openByteBudget, type Piece } from '../../concurrency/byte-budget.js';
import type { Needs } from '../../context.js';
import { openDnsLookup } from '../../dial/dns-lookup.js';
import { openHttpAgents } from '../../dial/http-agents.js';
import { mimeTypeOfContent, mostToRecognize } from '../../domain/attachment/mime-type.js';
import { openSpool, type Spool } from '../../store/attachments/spool.js';
import type { Content, Validators } from './cache/kept-content.js';
import { AttachmentFault } from './loaded-attachment.js';
import { type Answer, requestAttachment, toAttachmentFault } from './request.js';
import type { Source } from './source.js';

export interface Fetcher {
  /**
   * @param kept of the content that this process has already
   * @returns the content, or that the source still has the kept one. A fetched content may be kept where `mayKeep` says so.
   * @throws AttachmentFault
   */
  fetch(request: FetchRequest): Promise<(Content & { mayKeep: boolean }) | 'unchanged'>;
  close(): void;
}

interface FetchRequest {
  tenantId: string;
  md5: string | undefined;
  source: Source;
  kept: Validators | undefined;
}

const mebibyte = 1024 * 1024;

/** How long a source may send nothing. */
const idleMs = 15_000;

/** How long a content waits for room; less than `idleMs`, because nothing is read meanwhile. */
const growMs = 10_000;

const noRoom = () =>
  new AttachmentFault('too many attachments wait for their mails to leave', true, { isUncounted: true });

type FetchNeeds = Needs<'config' | 'clock'>;

export function openFetcher(ctx: FetchNeeds, lookup = openDnsLookup(ctx)): Fetcher {
  const agents = openHttpAgents(ctx, lookup);
  const { maxConcurrentAttachments, attachmentSpoolMb, attachmentTimeout } = ctx.config;
  // Each has shares for tenants, so that one with slow sources leaves room for the others.
  const fetches = openByteBudget(ctx.clock, maxConcurrentAttachments);
  const spools = openByteBudget(ctx.clock, attachmentSpoolMb * mebibyte);

  async function fetchInTurn({ tenantId, md5, source, kept }: FetchRequest) {
    const room = await spools.enter(tenantId, 0, undefined);
    const spool = openSpool();
    const close = async () => {
      room?.leave();
      await spool.close();
    };
    const watch = watchSource(ctx, attachmentTimeout * 1000);
    try {
      const answer = await requestAttachment(ctx, agents, source, watch.signal, kept);
      if (answer.isUnchanged) {
        answer.response.resume();
        await close();
        return 'unchanged';
      }
      const start = await receive(ctx, md5, answer.response, { spool, room, watch });
      const content = { size: spool.size, mimeType: await mimeTypeOfContent(start), ...remarksOf(answer) };
      return { ...content, read: () => spool.read(), close };
    } catch (error) {
      await close();
      throw toAttachmentFault(watch.signal.aborted ? watch.signal.reason : error);
    } finally {
      watch.stop();
    }
  }

  return {
    async fetch(request) {
      const turn = await fetches.enter(request.tenantId, 1, undefined);
      try {
        return await fetchInTurn(request);
      } finally {
        turn?.leave();
      }
    },
    close: agents.close,
  };
}

/** A time counts where it is older than the answer: within the same second the content may change again. */
function remarksOf({ response, url }: Answer): { mayKeep: boolean; validators?: Validators } {
  const { etag, date, 'last-modified': lastModified, 'cache-control': control = '' } = response.headers;
  const isOlder = Date.parse(lastModified ?? '') < Date.parse(date ?? '');
  const found = { ...(etag && { etag }), ...(lastModified && isOlder && { lastModified }) };
  return {
    mayKeep: !/\bno-store\b/i.test(control),
    ...(Object.keys(found).length > 0 && { validators: { url, ...found } }),
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
  md5: string | undefined,
  response: IncomingMessage,
  { spool, room, watch }: { spool: Spool; room: Piece | undefined; watch: Watch },
): Promise<Buffer> {
  const most = ctx.config.maxAttachmentMb;
  const tooLarge = () =>
    new AttachmentFault(`it has more than GMP_MAX_ATTACHMENT_MB (${most}) allows`, false);
  const hash = md5 === undefined ? undefined : createHash('md5');
  let start: Buffer = Buffer.alloc(0);
  try {
    if (Number(response.headers['content-length'] ?? 0) > most * mebibyte) throw tooLarge();
    for await (const block of decoded(response) as AsyncIterable<Buffer>) {
      watch.heard();
      if (spool.size + block.length > most * mebibyte) throw tooLarge();
      if (!(await room?.grow(block.length, growMs))) throw noRoom();
      if (start.length < mostToRecognize) start = Buffer.concat([start, block]).subarray(0, mostToRecognize);
      hash?.update(block);
      await spool.write(block);
      watch.heard();
    }
  } finally {
    response.destroy();
  }
  if (hash?.digest('hex') !== md5)
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
