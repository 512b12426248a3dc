// Makes the attachments of a message ready to be sent, before the account's server is asked for anything.
import type { Attachment } from '../../domain/attachment/attachment.js';
import { findContents, readContent, type StoredContent } from '../../store/attachments/read-content.js';
import type { ClaimedMessage } from '../../store/messages/claim.js';
import type { DeliverNeeds } from '../delivery.js';
import { retryWhileUnavailable } from '../retry-while-unavailable.js';
import { AttachmentFault, type LoadedAttachment } from './loaded-attachment.js';
import { openFile } from './open-file.js';

/** @throws AttachmentFault for the first that cannot be had */
export async function loadAttachments(
  ctx: DeliverNeeds,
  message: Pick<ClaimedMessage, 'pk' | 'tenantId'>,
  attachments: Attachment[],
): Promise<LoadedAttachment[]> {
  if (attachments.length === 0) return [];
  const isStored = attachments.some(({ mode }) => mode === 'base64');
  const contents = isStored
    ? await retryWhileUnavailable(ctx, () => findContents(ctx, message.pk))
    : new Map<number, StoredContent>();
  const loaded: LoadedAttachment[] = [];
  try {
    for (const [n, attachment] of attachments.entries()) {
      loaded.push(await load(ctx, message.tenantId, attachment, contents.get(n)));
    }
    return loaded;
  } catch (error) {
    await closeAll(loaded);
    throw error;
  }
}

export async function closeAll(attachments: LoadedAttachment[]): Promise<void> {
  await Promise.allSettled(attachments.map((attachment) => attachment.close()));
}

async function load(
  ctx: DeliverNeeds,
  tenantId: string,
  attachment: Attachment,
  content: StoredContent | undefined,
): Promise<LoadedAttachment> {
  const { filename, mode } = attachment;
  if (mode === 'filesystem') return openFile(ctx, tenantId, attachment);
  if (mode !== 'base64') throw new AttachmentFault(filename, `${mode} is not fetched by this version`, false);
  if (content === undefined) throw new AttachmentFault(filename, 'its content is not stored any more', false);
  return {
    ...attachment,
    mimeType: attachment.mimeType ?? 'application/octet-stream',
    size: content.size,
    read: () => readContent(ctx, content),
    close: async () => undefined,
  };
}
