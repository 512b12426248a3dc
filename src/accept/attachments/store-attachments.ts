// Stores the contents of the attachments of a call, each content once, before its messages are stored.
import { smallBytes } from '../../memory.js';
import type { Needs } from '../../queue/context.js';
import { sealAttachmentAuth } from '../../store/attachments/attachment-auth.js';
import { putContent } from '../../store/attachments/put-content.js';
import type { NewMessage } from '../../store/messages/upsert.js';
import type { ClientAuth } from '../../store/tenants/tenants.js';
import type { HandedIn } from './lift-contents.js';

/** Contents of one call that are stored at the same time. */
const mostAtOnce = 8;

/** A content by its place in the message's list of attachments. */
export interface GivenContent {
  n: number;
  content: HandedIn;
}

/** What an attachment is fetched with, by its place in the message's list. */
export interface GivenLogin {
  n: number;
  auth: ClientAuth;
}

/** @param revision of the message */
export function sealLogins(ctx: Needs<'secrets'>, revision: string, logins: GivenLogin[]) {
  return logins.map(({ n, auth }) => ({ n, secret: sealAttachmentAuth(ctx, revision, n, auth) }));
}

/** @returns for each message where its contents are stored */
export async function storeAttachments(
  ctx: Needs<'db' | 'clock' | 'config' | 'memory'>,
  messages: { tenantId: string; contents: GivenContent[] }[],
): Promise<Required<Pick<NewMessage, 'attachments' | 'attachmentBytes'>>[]> {
  const distinct = new Map<string, HandedIn>();
  const given: { n: number; hash: string; size: number }[][] = [];
  for (const { contents } of messages) {
    for (const { content } of contents) distinct.set(content.hash, content);
    given.push(contents.map(({ n, content: { hash, size } }) => ({ n, hash, size })));
  }
  const ids = new Map<string, string>();
  const [{ tenantId } = { tenantId: '' }] = messages;
  const waiting = [...distinct];
  const storeNext = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [hash, content] = next;
      const turn =
        content.size > smallBytes ? await ctx.memory.storing.enter(tenantId, 1, undefined) : undefined;
      try {
        ids.set(hash, await putContent(ctx, content));
      } finally {
        turn?.leave();
      }
    }
  };
  await Promise.all(Array.from({ length: mostAtOnce }, storeNext));
  return given.map((ofMessage) => ({
    attachments: ofMessage.flatMap(({ n, hash }) => {
      const contentId = ids.get(hash);
      return contentId === undefined ? [] : [{ n, contentId }];
    }),
    attachmentBytes: ofMessage.reduce((sum, { size }) => sum + size, 0),
  }));
}
