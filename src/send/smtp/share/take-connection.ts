// Gives leave to open a connection, and draws the number of connections that a server takes from how that ends: fewer at
// once when one too many is refused, one more after a time without a refusal.
import { isConnectionRefusal } from '../../judge/connection-refusal.js';
import { SmtpFault } from '../../judge/fault.js';
import { countOneMore, learn, refreshShare, tellOthers } from './ask-ledger.js';
import {
  type ConnectionShare,
  isCooling,
  isLimited,
  mayRaise,
  mostOf,
  nothingLearned,
  type ShareOwner,
} from './connection-share.js';

/** How long after a refusal one more connection is tried. Each try that fails doubles it, and one that succeeds halves it. */
const shortestRaiseMs = 10_000;
const longestRaiseMs = 600_000;

/** A server may count a connection for a moment after it has ended. */
const recentMs = 2000;
const coolMs = 300;

/** @returns false where the connection would be one too many; otherwise it counts until `connectionEnded` */
export async function takeConnection(share: ConnectionShare): Promise<boolean> {
  // The first connection to a server without a limit of the account's own needs no leave: it opens meanwhile.
  if (share.owner.max !== undefined || share.held > 0) await share.known;
  if (isCooling(share)) return false;
  if (!isLimited(share)) {
    share.held += 1;
    return true;
  }
  raiseIfDue(share);
  const isGranted = await countOneMore(share);
  if (isGranted !== undefined) return isGranted;
  if (share.held + 1 + share.others > mostOf(share)) return false;
  share.held += 1;
  return true;
}

function raiseIfDue(share: ConnectionShare): void {
  const { connections = 0, raiseAfterMs } = share.learned;
  if (!mayRaise(share) || share.held + share.others < connections) return;
  share.isProbing = true;
  learn(share, { connections: connections + 1, raiseAt: share.ctx.clock.now() + raiseAfterMs });
}

/** A connection that was counted works. */
export function connectionOpened(share: ConnectionShare): void {
  share.working += 1;
  share.lastWorkedAt = share.ctx.clock.monotonic();
  if (share.isProbing) {
    share.isProbing = false;
    learn(share, { raiseAfterMs: Math.max(shortestRaiseMs, Math.round(share.learned.raiseAfterMs / 2)) });
  }
  // Those on their way when the first was refused may have been taken all the same.
  const { connections } = share.learned;
  if (connections !== undefined && share.working > connections) {
    learn(share, { connections: share.working + share.others });
  }
  if (!share.isAlone) tellOthers(share);
}

/** A connection that was counted has ended, or never came to be. */
export function connectionEnded(share: ConnectionShare, hasWorked: boolean): void {
  share.held -= 1;
  if (hasWorked) {
    share.working -= 1;
    share.lastWorkedAt = share.ctx.clock.monotonic();
  }
  tellOthers(share);
  share.onRoom();
}

/**
 * Whether the fault of a connection that has ended only says that there are enough. The number is lowered then to that of
 * the connections which work.
 */
export async function isSurplus(share: ConnectionShare, fault: unknown): Promise<boolean> {
  if (!(fault instanceof SmtpFault) || !isConnectionRefusal(fault)) return false;
  if (share.working === 0) await refreshShare(share);
  if (share.working + share.others > 0) {
    lower(share, share.working + share.others);
    return true;
  }
  const { step } = fault.facts;
  const isOpening = step === 'connect' || step === 'login';
  const { clock } = share.ctx;
  if (!isOpening || clock.monotonic() - share.lastWorkedAt > recentMs) return false;
  share.coolsUntil = clock.monotonic() + coolMs;
  clock.after(coolMs, share.onRoom);
  return true;
}

function lower(share: ConnectionShare, connections: number): void {
  const { learned, owner, ctx } = share;
  if (connections >= (learned.connections ?? Number.POSITIVE_INFINITY)) return;
  const wanted = share.isProbing ? learned.raiseAfterMs * 2 : learned.raiseAfterMs;
  share.isProbing = false;
  const raiseAfterMs = Math.min(longestRaiseMs, Math.max(shortestRaiseMs, wanted));
  learn(share, { connections, raiseAfterMs, raiseAt: ctx.clock.now() + raiseAfterMs });
  const facts = { event: 'account.connections_lowered', account: owner.scope, connections };
  ctx.log.info(facts, `The server of account ${owner.scope} takes ${connections} connections at once`);
  tellOthers(share);
}

/** The account as it is now. What was learned of an older revision no longer counts. */
export function updateShare(share: ConnectionShare, next: ShareOwner): void {
  const { owner } = share;
  if (next.revision === owner.revision && next.max === owner.max) return;
  if (next.revision !== owner.revision) {
    share.changes += 1;
    share.learned = nothingLearned;
  }
  share.owner = next;
  share.known = refreshShare(share);
}
