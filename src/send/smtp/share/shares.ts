// The connection shares of all accounts that this process sends for, kept up to date with what other processes do.

import type { Needs } from '../../../context.js';
import type { ConnectionLedger } from '../../../store/accounts/connection-ledger.js';
import type { SendingAccount } from '../../../store/accounts/sending-accounts.js';
import { refreshShare } from './ask-ledger.js';
import { type ConnectionShare, isShared, newShare, roomOf } from './connection-share.js';
import { updateShare } from './take-connection.js';

/** A user of a share: the pool of one owner. All tenants without an account of their own share that of the instance. */
export interface ShareUser {
  /** There may be room for one more connection. */
  onRoom(): void;
  /** Closes one idle connection. @returns whether there was one */
  dropIdle(): boolean;
  /** Whether a send waits for a connection. */
  isWaiting(): boolean;
}

export interface SharedUse {
  share: ConnectionShare;
  /** Has another user of the share close an idle connection, so that there is room soon. */
  makeRoom(): void;
  /** Whether another user of the share waits for a connection. */
  othersWait(): boolean;
  leave(): void;
}

export interface Shares {
  /** @param scope the account, as limits count it */
  use(scope: string, account: SendingAccount, user: ShareUser): SharedUse;
  close(): void;
}

interface Entry {
  share: ConnectionShare;
  users: Set<ShareUser>;
}

/** How often it is asked whether other processes have left room for an account that has none here. */
const refreshMs = 1000;
/** Every so many times all accounts are asked about, as far as other processes send. */
const refreshAllEvery = 5;

export function openShares(ctx: Needs<'clock' | 'log'>, ledger: ConnectionLedger): Shares {
  const entries = new Map<string, Entry>();
  let ticks = 0;
  const close = ctx.clock.every(refreshMs, () => {
    ticks += 1;
    forgetUnused(entries);
    void (ticks % refreshAllEvery === 0 ? refreshAll(entries) : refreshShort(entries));
  });
  return {
    use(scope, account, user) {
      const owner = { scope, revision: account.version, max: account.maxConnections };
      const known = entries.get(scope);
      if (known !== undefined) {
        updateShare(known.share, owner);
        return useOf(known, user);
      }
      const users = new Set<ShareUser>();
      const share = newShare(ctx, ledger, owner, () => tell(users));
      share.known = refreshShare(share);
      entries.set(scope, { share, users });
      return useOf({ share, users }, user);
    },
    close,
  };
}

function useOf({ share, users }: Entry, user: ShareUser): SharedUse {
  users.add(user);
  const others = () => [...users].filter((one) => one !== user);
  return {
    share,
    makeRoom: () => void others().some((other) => other.dropIdle()),
    othersWait: () => users.size > 1 && others().some((other) => other.isWaiting()),
    leave: () => users.delete(user),
  };
}

function tell(users: Set<ShareUser>): void {
  for (const user of users) user.onRoom();
}

function forgetUnused(entries: Map<string, Entry>): void {
  for (const [scope, { share, users }] of entries) {
    if (users.size === 0 && share.held === 0) entries.delete(scope);
  }
}

/** While no other process sends, one account is asked about, which tells when that has changed. */
async function refreshAll(entries: Map<string, Entry>): Promise<void> {
  const [first, ...others] = entries.values();
  if (first === undefined || (await refreshShare(first.share))) return;
  await Promise.all(others.map(({ share }) => refreshShare(share)));
}

async function refreshShort(entries: Map<string, Entry>): Promise<void> {
  const short = [...entries.values()].filter(
    ({ share, users }) =>
      isShared(share) && (roomOf(share) === 0 || [...users].some((one) => one.isWaiting())),
  );
  await Promise.all(short.map(({ share }) => refreshShare(share)));
  for (const { users } of short) tell(users);
}
