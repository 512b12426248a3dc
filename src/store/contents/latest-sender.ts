// Finds the address that mails of an account usually leave from.
import { envelopeSender } from '../../domain/header/addresses.js';
import type { StoredMessage } from '../../domain/message.js';
import { statuses } from '../../domain/status.js';
import type { Needs } from '../context.js';
import { loadContent } from './load-content.js';

/** @returns the envelope sender of the latest message that names the account; undefined when there is none */
export async function findLatestSender(
  ctx: Needs<'db'>,
  { tenantId, accountId }: { tenantId: string; accountId: string },
): Promise<string | undefined> {
  // A look-up for each status, because the index of an account's messages has them by status.
  const latest = await Promise.all(
    statuses.map((status) =>
      ctx.db.read.message.findFirst({
        where: { tenantId, accountId, status },
        orderBy: { pk: 'desc' },
        select: { pk: true },
      }),
    ),
  );
  const [pk] = latest
    .flatMap((found) => (found === null ? [] : [found.pk]))
    .sort()
    .reverse();
  const content = pk === undefined ? undefined : await loadContent(ctx, pk);
  return content === undefined ? undefined : envelopeSender((JSON.parse(content) as StoredMessage).head);
}
