// Makes the attachments of a message ready to be sent, before the account's server is asked for anything.
import type { Attachment } from '../../domain/attachment/attachment.js';
import { openAttachmentAuth } from '../../store/attachments/attachment-auth.js';
import { noteFetched } from '../../store/attachments/note-fetched.js';
import {
  findStoredAttachments,
  readContent,
  type StoredAttachment,
} from '../../store/attachments/read-content.js';
import type { ClaimedMessage } from '../../store/messages/claim.js';
import type { DeliverNeeds } from '../delivery.js';
import { retryWhileUnavailable } from '../retry-while-unavailable.js';
import { openTreatment } from './link-large.js';
import { AttachmentFault, type LoadedAttachment } from './loaded-attachment.js';
import { openFile } from './open-file.js';
import { sourceOf } from './source.js';

/** Encoding and handing over that many bytes takes some 2 ms. */
export const contentBytesPerTurn = 256 * 1024;

type LoadingMessage = Pick<ClaimedMessage, 'pk' | 'id' | 'tenantId' | 'revision'>;

/** @throws AttachmentFault for the first that cannot be had, with its name */
export async function loadAttachments(
  ctx: DeliverNeeds,
  message: LoadingMessage,
  attachments: Attachment[],
): Promise<LoadedAttachment[]> {
  const stored = await retryWhileUnavailable(ctx, () => findStoredAttachments(ctx, message.pk));
  const treatLarge = await openTreatment(ctx, message);
  const loaded: LoadedAttachment[] = [];
  try {
    for (const [n, attachment] of attachments.entries()) {
      const loadIt = async () => inTurns(ctx, await load(ctx, message, attachment, n, stored.get(n)));
      loaded.push(await treatLarge(n, loadIt));
    }
    await note(ctx, message, attachments, loaded);
    return loaded;
  } catch (error) {
    await closeAll(loaded);
    const { filename = '' } = attachments[loaded.length] ?? {};
    throw error instanceof AttachmentFault ? error.of(filename) : error;
  }
}

/** What is stored is known from the start. */
async function note(
  ctx: DeliverNeeds,
  message: LoadingMessage,
  attachments: Attachment[],
  loaded: LoadedAttachment[],
): Promise<void> {
  const fetched = loaded.flatMap(({ size, mimeType, isCached = false }, n) =>
    attachments[n]?.mode === 'base64' ? [] : [{ n, size, mimeType, isCached }],
  );
  if (fetched.length > 0) await retryWhileUnavailable(ctx, () => noteFetched(ctx, message, fetched));
}

export async function closeAll(attachments: LoadedAttachment[]): Promise<void> {
  await Promise.allSettled(attachments.map((attachment) => attachment.close()));
}

/** Mails with large contents share the event loop, so that they hold small ones up for little. */
function inTurns({ contentBudget }: DeliverNeeds, loaded: LoadedAttachment): LoadedAttachment {
  return {
    ...loaded,
    async *read() {
      for await (const block of loaded.read()) {
        await contentBudget(block.length, false);
        yield block;
      }
    },
  };
}

async function load(
  ctx: DeliverNeeds,
  { tenantId, revision }: LoadingMessage,
  attachment: Attachment,
  n: number,
  stored: StoredAttachment | undefined,
): Promise<LoadedAttachment> {
  if (attachment.mode === 'base64') return readStored(ctx, attachment, stored);
  return ctx.metrics.attachment(attachment.mode, async () => {
    if (attachment.mode === 'filesystem') return openFile(ctx, tenantId, attachment);
    const auth =
      stored?.secret === undefined ? undefined : openAttachmentAuth(ctx, revision, n, stored.secret);
    const source = await retryWhileUnavailable(ctx, () => sourceOf(ctx, tenantId, attachment, auth));
    return ctx.fetchAttachment(tenantId, attachment, source);
  });
}

function readStored(
  ctx: DeliverNeeds,
  attachment: Attachment,
  stored: StoredAttachment | undefined,
): LoadedAttachment {
  const content = stored?.content;
  if (content === undefined) throw new AttachmentFault('its content is not stored any more', false);
  return {
    ...attachment,
    mimeType: attachment.mimeType ?? 'application/octet-stream',
    size: content.size,
    read: () => readContent(ctx, content),
    close: async () => undefined,
  };
}
