// Checks the attachments of a submitted message: what can be judged without fetching anything is judged here.
import { nextTurn } from '../../concurrency/next-turn.js';
import { readHttpUrl, whyUnreachable } from '../../dial/http-url.js';
import { type Attachment, base64Prefix, modeOf } from '../../domain/attachment/attachment.js';
import { digestOf } from '../../domain/attachment/digest.js';
import { cleanFileName } from '../../domain/attachment/file-name.js';
import { resolveFilePath } from '../../domain/attachment/file-path.js';
import { mimeTypeOfContent, mimeTypeOfName, mostToRecognize } from '../../domain/attachment/mime-type.js';
import type { Needs } from '../../queue/context.js';
import type { ClientAuth } from '../../store/tenants/tenants.js';
import { decodeWord } from '../decode-word.js';
import type { AttachmentInput } from './attachment-input.js';
import { decodeBase64 } from './decode-base64.js';
import type { HandedIn, LiftedContent } from './lift-contents.js';

export interface CheckedAttachment {
  attachment: Attachment;
  /** To be stored; absent: it is fetched when the message is sent. */
  content?: HandedIn;
  /** What it is fetched with. */
  auth?: ClientAuth;
}

/** The longest path or URL. */
const longestPath = 8192;
const tooLong = `storage_path: is longer than ${longestPath} characters`;

/** Contents that were taken out of the body of a call, by the texts in their places. */
export type LiftedContents = ReadonlyMap<string, LiftedContent>;

/** @returns the attachments, or the reason why the message is rejected */
export async function checkAttachments(
  ctx: Needs<'config'>,
  tenantId: string,
  given: AttachmentInput[],
  lifted: LiftedContents = new Map(),
): Promise<CheckedAttachment[] | string> {
  const checked: CheckedAttachment[] = [];
  for (const [n, input] of given.entries()) {
    const one = await checkOne(ctx, tenantId, input, n, lifted.get(input.storage_path));
    if ('fault' in one) return `attachments.${n}.${one.fault}`;
    checked.push(one);
  }
  return checked;
}

async function checkOne(
  ctx: Needs<'config'>,
  tenantId: string,
  input: AttachmentInput,
  n: number,
  lifted: LiftedContent | undefined,
): Promise<CheckedAttachment | { fault: string }> {
  const { storage_path: path, content_md5, mime_type, content_id, inline } = input;
  const { name, md5: markedMd5 } = cleanFileName(withoutWords(input.filename));
  const filename = name || `attachment-${n + 1}`;
  const mode = input.fetch_mode ?? lifted?.mode ?? modeOf(path);
  const md5 = content_md5 ?? markedMd5;
  const mimeType = mime_type ?? mimeTypeOfName(filename);
  const attachment: Attachment = {
    filename,
    mode,
    ...(mimeType !== undefined && { mimeType }),
    ...(md5 !== undefined && { md5 }),
    ...(content_id !== undefined && { contentId: content_id }),
    ...(inline !== undefined && { isInline: inline }),
  };
  if (mode === 'base64') return checkContent(attachment, lifted ? lifted.content : await contentOf(path));
  if (lifted !== undefined) return { fault: tooLong };
  const fault = faultOfPath(ctx, tenantId, attachment, path);
  if (fault !== undefined) return { fault };
  const isFetched = mode === 'http_url' || mode === 'endpoint';
  return { attachment: { ...attachment, path }, ...(isFetched && input.auth && { auth: input.auth }) };
}

const encodedWord = /=\?[^?\s]+\?[BQ]\?[^?\s]*\?=(?:\s+(?==\?))?/gi;

/** Mail programs decode encoded words (RFC 2047) in names, and would show parts of a path that stand in them. */
function withoutWords(filename: string): string {
  return filename.replace(encodedWord, (word) => decodeWord(word.trim()) ?? word.replace('=?', '=_?'));
}

/** @returns undefined for a text that is not base64 */
async function contentOf(text: string): Promise<HandedIn | undefined> {
  const bytes = await decodeBase64(text, text.startsWith(base64Prefix) ? base64Prefix.length : 0);
  if (bytes === undefined) return undefined;
  const read = () => inTurns(bytes);
  const hash = await digestOf('sha256', read());
  return { size: bytes.length, hash, start: bytes.subarray(0, mostToRecognize), read };
}

/** Hashing that many bytes takes some 3 ms. */
const bytesPerTurn = 1024 * 1024;

async function* inTurns(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += bytesPerTurn) {
    if (at > 0) await nextTurn();
    yield bytes.subarray(at, at + bytesPerTurn);
  }
}

async function checkContent(
  attachment: Attachment,
  content: HandedIn | undefined,
): Promise<CheckedAttachment | { fault: string }> {
  if (content === undefined) return { fault: 'storage_path: is not valid base64' };
  const { md5 } = attachment;
  if (md5 !== undefined && (await digestOf('md5', content.read())) !== md5)
    return { fault: 'content_md5: is not the MD5 of the content' };
  const mimeType = attachment.mimeType ?? (await mimeTypeOfContent(content.start));
  return { attachment: { ...attachment, mimeType, size: content.size }, content };
}

/** @returns the field and what is wrong with it */
function faultOfPath(
  ctx: Needs<'config'>,
  tenantId: string,
  { mode }: Attachment,
  path: string,
): string | undefined {
  if (path.length > longestPath) return tooLong;
  if (mode === 'endpoint') return undefined;
  if (mode === 'http_url') {
    const reason = faultOfUrl(ctx, path);
    return reason === undefined ? undefined : `storage_path: ${reason}`;
  }
  const file = resolveFilePath(ctx.config.attachmentBaseDir, tenantId, path);
  return typeof file === 'string' ? `storage_path: ${file}` : undefined;
}

/** Names are looked up when the message is sent; an address that is written out is judged here, in whatever form. */
function faultOfUrl(ctx: Needs<'config'>, path: string): string | undefined {
  const url = readHttpUrl(path);
  return typeof url === 'string' ? url : whyUnreachable(ctx, url);
}

/** The submitted list as it is stored and shown: without contents and without secrets. */
export function withoutContents(given: unknown, checked: CheckedAttachment[]): unknown {
  if (!Array.isArray(given)) return given;
  return given.map((one: Record<string, unknown>, n) => {
    const size = checked[n]?.attachment.size;
    return {
      ...one,
      ...(size !== undefined && { storage_path: `${base64Prefix}<${size} bytes>` }),
      ...(typeof one.auth === 'object' && one.auth !== null && { auth: blanked(one.auth) }),
    };
  });
}

function blanked(auth: object): object {
  return Object.fromEntries(
    Object.entries(auth).map(([name, value]) => [
      name,
      (name === 'method' || name === 'user') && typeof value === 'string' ? value : '***',
    ]),
  );
}
