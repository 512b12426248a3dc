// Treats large attachments as their tenant has set: sends them with a warning, refuses them, or puts a link in their place.
import { digestOf } from '../../domain/attachment/digest.js';
import { mostBytes } from '../../domain/large-file/config.js';
import { reasonOf } from '../../errors.js';
import { makeLink } from '../../offload/links/make-link.js';
import { StorageFault, type StoredFile } from '../../offload/storage/storage.js';
import { storeFile } from '../../offload/store-file.js';
import { type FileLink, findLinks, type LinkedMessage } from '../../store/files/file-links.js';
import { findLargeFileRules, type LargeFileRules } from '../../store/tenants/storage-secret.js';
import type { DeliverNeeds } from '../delivery.js';
import { retryWhileUnavailable } from '../retry-while-unavailable.js';
import { AttachmentFault, type LoadedAttachment } from './loaded-attachment.js';

/** Treats the attachment at place n of the message's list. @throws AttachmentFault */
type TreatLarge = (n: number, load: () => Promise<LoadedAttachment>) => Promise<LoadedAttachment>;

/** A link of an earlier attempt is used again only if it is still valid for this long. */
const leastLeftMs = 3_600_000;

/** What an earlier attempt has put into a link is not loaded again. */
export async function openTreatment(ctx: DeliverNeeds, message: LinkedMessage): Promise<TreatLarge> {
  const rules = await retryWhileUnavailable(ctx, () => findLargeFileRules(ctx, message.tenantId));
  if (rules === undefined) return (_n, load) => load();
  const { config } = rules;
  const links =
    config.action === 'rewrite'
      ? await retryWhileUnavailable(ctx, () => findLinks(ctx, message, ctx.clock.now() + leastLeftMs))
      : new Map<number, FileLink>();
  return async (n, load) => {
    const known = links.get(n);
    if (known !== undefined) return linked(rules, known);
    const attachment = await load();
    // What the HTML shows would be missing there.
    const isShown = attachment.isInline ?? attachment.contentId !== undefined;
    if (attachment.size <= mostBytes(config) || isShown) return attachment;
    if (config.action === 'rewrite') return putIntoLink(ctx, rules, message, n, attachment);
    if (config.action !== 'reject') return warnOf(ctx, message, attachment);
    await attachment.close();
    throw new AttachmentFault(`it has ${attachment.size} bytes, ${tooLarge(rules)}`, false);
  };
}

const tooLarge = ({ config }: LargeFileRules) =>
  `more than the ${mostBytes(config)} that large_file_config of the tenant allows`;

function warnOf(
  ctx: DeliverNeeds,
  { tenantId, id }: LinkedMessage,
  attachment: LoadedAttachment,
): LoadedAttachment {
  const { filename, size } = attachment;
  const facts = { event: 'attachment.large', tenant: tenantId, id, filename, bytes: size };
  ctx.log.warn(facts, `Message "${id}" has a large attachment of ${size} bytes; it is sent all the same`);
  return attachment;
}

async function putIntoLink(
  ctx: DeliverNeeds,
  rules: LargeFileRules,
  message: LinkedMessage,
  n: number,
  attachment: LoadedAttachment,
): Promise<LoadedAttachment> {
  const { filename, mimeType, size, read } = attachment;
  try {
    const hash = await digestOf('sha256', read());
    const file = { size, hash, filename, mimeType, read };
    // A storage that is away ends the attempt. Its fault may read like that of a database, so it is handed out as a value.
    const link = await retryWhileUnavailable(ctx, () =>
      storeAndLink(ctx, rules, message, n, file).catch(faultOnly),
    );
    if (link instanceof StorageFault) throw link;
    return linked(rules, link);
  } catch (error) {
    if (error instanceof AttachmentFault) throw error;
    throw notStored(ctx, message, filename, error);
  } finally {
    await attachment.close();
  }
}

function faultOnly(error: unknown): StorageFault {
  if (error instanceof StorageFault) return error;
  throw error;
}

async function storeAndLink(
  ctx: DeliverNeeds,
  rules: LargeFileRules,
  message: LinkedMessage,
  n: number,
  file: StoredFile,
): Promise<FileLink> {
  const uploader = `${ctx.processId}/${message.pk}/${message.revision}/${n}`;
  const fileId = await storeFile(ctx, message.tenantId, rules, uploader, file);
  return makeLink(ctx, rules, message, n, { ...file, fileId });
}

/** The message waits, because it must not go without the file. */
function notStored(
  ctx: DeliverNeeds,
  { tenantId, id }: LinkedMessage,
  filename: string,
  error: unknown,
): AttachmentFault {
  const cause = reasonOf(error instanceof StorageFault ? (error.cause ?? error) : error);
  const facts = { event: 'large_file.not_stored', tenant: tenantId, id, filename, reason: cause };
  ctx.log.warn(facts, `A large attachment of message "${id}" could not be put into its storage`);
  const reason = error instanceof StorageFault ? error.message : 'the storage met an unexpected fault';
  return new AttachmentFault(`it could not be put into a link: ${reason}`, true);
}

function linked(
  { config: { language, link_texts } }: LargeFileRules,
  { filename, mimeType, size, url, expiresAt }: FileLink,
): LoadedAttachment {
  return {
    filename,
    mimeType,
    size,
    link: { url, expiresAt, language, texts: link_texts },
    async *read() {},
    close: async () => undefined,
  };
}
