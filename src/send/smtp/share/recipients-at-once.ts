// How many recipients a server takes in one transaction, as it was seen to do.
import { learn } from './ask-ledger.js';
import type { ConnectionShare } from './connection-share.js';

/** After a day all recipients are tried at once again, because the server may take more by then. */
const rememberMs = 86_400_000;

/** Infinity where no limit is known. */
export function recipientsAtOnce({ ctx, learned }: ConnectionShare): number {
  const { recipients = Number.POSITIVE_INFINITY, recipientsAt } = learned;
  return ctx.clock.now() - recipientsAt < rememberMs ? recipients : Number.POSITIVE_INFINITY;
}

export function learnRecipients(share: ConnectionShare, recipients: number): void {
  if (recipients !== recipientsAtOnce(share))
    learn(share, { recipients, recipientsAt: share.ctx.clock.now() });
}
