// Counts the connections of an account over all processes. While the database is away, what this process knows has to do.
import { reasonOf } from '../../../errors.js';
import type { Learned, Standing } from '../../../store/accounts/connection-ledger.js';
import { type ConnectionShare, isLimited, mostOf, roomOf } from './connection-share.js';

/** Asks how the account stands. @returns whether no other process sends */
export async function refreshShare(share: ConnectionShare): Promise<boolean> {
  await inTurn(share, async () => {
    const asOf = share.changes;
    const wasAlone = share.isAlone;
    note(share, await share.ledger.find(share.owner), asOf);
    if (wasAlone && !share.isAlone && share.held > 0) await share.ledger.hold(share.owner, shown(share));
  });
  return share.isAlone;
}

/** Counts one more connection, unless it is one too many. @returns undefined while the database is away */
export function countOneMore(share: ConnectionShare): Promise<boolean | undefined> {
  return inTurn(share, async () => {
    if (share.held + 1 > mostOf(share)) return false;
    share.held += 1;
    const asOf = share.changes;
    try {
      const answer = await share.ledger.take(share.owner, share.held, mostOf(share));
      if (!answer.isGranted) share.held -= 1;
      note(share, answer, asOf);
      return answer.isGranted;
    } catch (error) {
      share.held -= 1;
      throw error;
    }
  });
}

/** Tells the other processes how many connections this one has. */
export function tellOthers(share: ConnectionShare): void {
  if (!isLimited(share) && share.isAlone) return;
  void inTurn(share, () => share.ledger.hold(share.owner, shown(share)));
}

/** Remembers what was learned, for later and for the other processes. */
export function learn(share: ConnectionShare, news: Partial<Learned>): void {
  share.changes += 1;
  share.learned = { ...share.learned, ...news };
  void inTurn(share, () => share.ledger.save(share.owner, share.learned));
}

/** Without a limit, only connections that work count. */
function shown(share: ConnectionShare): number {
  return isLimited(share) ? share.held : share.working;
}

function inTurn<T>(share: ConnectionShare, call: () => Promise<T>): Promise<T | undefined> {
  const mine = share.turn.then(call).catch((error: unknown) => {
    const facts = {
      event: 'account.connections_not_counted',
      scope: share.owner.scope,
      reason: reasonOf(error),
    };
    share.ctx.log.debug(facts, 'The connections of an account could not be counted over all processes');
    return undefined;
  });
  share.turn = mine;
  return mine;
}

function note(share: ConnectionShare, { learned, others, isAlone }: Standing, asOf: number): void {
  const before = roomOf(share);
  share.others = others;
  share.isAlone = isAlone;
  if (asOf === share.changes && learned !== undefined) share.learned = learned;
  if (roomOf(share) > before) share.onRoom();
}
