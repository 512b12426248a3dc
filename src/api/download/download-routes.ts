// The routes of links to large files. A link shows a page, and its button gives the file: mail gateways fetch every link that
// they see, so that only the button counts as a download.
import { Readable } from 'node:stream';
import { type OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context as HttpContext } from 'hono';
import { lifespanMs } from '../../domain/large-file/config.js';
import { reasonOf } from '../../errors.js';
import { nameInUrl } from '../../offload/links/name-in-url.js';
import { openLink, readLinked } from '../../offload/links/open-link.js';
import { writeToken } from '../../offload/links/token.js';
import { contentDisposition } from '../../offload/storage/storage.js';
import { noteDownload, type OpenedLink } from '../../store/files/file-links.js';
import { readLargeFileConfig } from '../../store/tenants/storage-secret.js';
import type { Needs } from '../context.js';
import type { ApiEnv } from '../middleware/authenticate.js';
import { rawRoute } from '../openapi/route.js';
import { readByteRange } from './byte-range.js';
import { filePage, noticeOf, noticePage, pagePolicy } from './page.js';

type DownloadNeeds = Needs<'db' | 'clock' | 'config' | 'secrets' | 'log' | 'metrics' | 'offload'>;
type Call = HttpContext<ApiEnv>;

/** How long a download may take that has begun, with its interruptions. */
const fileTokenMs = 6 * 3_600_000;

/** A file must not run in the name of the service, whatever a browser takes it for. */
const filePolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";

const path = '/download/{token}/{name}';
const refusals = {
  404: 'There is no such link, or it was changed.',
  410: 'The link has expired or was revoked.',
};

/** Open to everyone who has the link. */
export function addDownloadRoutes(app: OpenAPIHono<ApiEnv>, ctx: DownloadNeeds): void {
  rawRoute(
    app,
    {
      method: 'get',
      path,
      operationId: 'showDownload',
      summary: 'The page of a large file that a mail links to, or the file',
      description:
        'The link in a mail shows a page with a button. The address to which the button leads gives the file, also in ' +
        'parts (`Range`). Neither counts as a download. Browsers are told of refusals on a page.',
      reach: 'everyone',
      type: 'text/html',
      answer: z.string(),
      example: { answer: '<!doctype html>...' },
      refusals,
    },
    async (_call, c) => {
      const found = await openLink(ctx, c.req.param('token') ?? '', c.req.param('name') ?? '');
      if (found.kind === 'page') return answerPage(c, 200, filePage(languages(c), found.link));
      if (found.kind === 'file') return answerFile(ctx, c, found.link);
      return answerNotice(c, found.kind);
    },
  );
  rawRoute(
    app,
    {
      method: 'post',
      path,
      operationId: 'download',
      summary: 'Download a large file that a mail links to',
      description:
        'What the button of the page does. Counts as a download, from which on `lifespan_after_download_days` is counted. ' +
        'Answers 303 with the address of the file, which is valid for six hours.',
      reach: 'everyone',
      type: 'text/html',
      answer: z.string(),
      example: { answer: '' },
      refusals,
    },
    async (_call, c) => {
      const found = await openLink(ctx, c.req.param('token') ?? '', c.req.param('name') ?? '');
      if (found.kind === 'ended') return answerNotice(c, 'ended');
      return found.kind === 'page' ? startDownload(ctx, c, found.link) : answerNotice(c, 'unknown');
    },
  );
}

async function startDownload(ctx: DownloadNeeds, c: Call, link: OpenedLink): Promise<Response> {
  const expiresAt = ctx.clock.now() + fileTokenMs;
  const lifespan = lifespanMs(readLargeFileConfig(link));
  if (!(await noteDownload(ctx, link, lifespan, expiresAt))) return answerNotice(c, 'ended');
  ctx.metrics.downloaded();
  const token = writeToken({ kind: 'file', linkId: link.id, expiresAt }, link.key);
  return c.body(null, 303, { Location: `../${token}/${nameInUrl(link.filename)}` });
}

async function answerFile(ctx: DownloadNeeds, c: Call, link: OpenedLink): Promise<Response> {
  const { size, file } = link;
  const tag = `"${file?.id}"`;
  const isSame = [undefined, tag].includes(c.req.header('if-range'));
  const range = isSame ? readByteRange(c.req.header('range'), size) : undefined;
  if (range === 'outside') return c.body(null, 416, { 'Content-Range': `bytes */${size}` });
  const { from, to } = range ?? { from: 0, to: size - 1 };
  const headers = {
    'Content-Type': link.mimeType,
    'Content-Length': String(to - from + 1),
    'Content-Disposition': contentDisposition(link.filename),
    'Content-Security-Policy': filePolicy,
    'Accept-Ranges': 'bytes',
    ETag: tag,
    'X-Robots-Tag': 'noindex',
    ...(range && { 'Content-Range': `bytes ${from}-${to}/${size}` }),
  };
  const status = range ? 206 : 200;
  if (c.req.method === 'HEAD') return c.body(null, status, headers);
  try {
    const body = await started(await readLinked(ctx, link, { from, to }));
    return c.body(Readable.toWeb(Readable.from(body)) as ReadableStream, status, headers);
  } catch (error) {
    const facts = {
      event: 'large_file.unreadable',
      tenant: link.tenantId,
      file: file?.id,
      reason: reasonOf(error),
    };
    ctx.log.warn(facts, `A large file of tenant "${link.tenantId}" could not be read from its storage`);
    return answerNotice(c, 'failed');
  }
}

/** The same with its first block read, so that a storage that fails is told before the answer begins. */
async function started(blocks: AsyncIterable<Buffer>): Promise<AsyncIterable<Buffer>> {
  const reading = blocks[Symbol.asyncIterator]();
  const first = await reading.next();
  return (async function* () {
    try {
      for (let next = first; !next.done; next = await reading.next()) yield next.value;
    } finally {
      await reading.return?.();
    }
  })();
}

const statusOf = { unknown: 404, ended: 410, failed: 503 } as const;

/** A page for browsers, and JSON as every other refusal for programs. */
function answerNotice(c: Call, what: keyof typeof statusOf): Response {
  const status = statusOf[what];
  const takesPages = /\btext\/html\b/i.test(c.req.header('accept') ?? '');
  if (takesPages) return answerPage(c, status, noticePage(languages(c), what));
  return c.json({ detail: noticeOf(what) }, status);
}

function answerPage(c: Call, status: 200 | 404 | 410 | 503, html: string): Response {
  const headers = {
    'Content-Security-Policy': pagePolicy,
    'X-Robots-Tag': 'noindex',
    Vary: 'Accept, Accept-Language',
  };
  return c.html(html, status, headers);
}

function languages(c: Call): string | undefined {
  return c.req.header('accept-language');
}
