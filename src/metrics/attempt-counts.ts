// Counts how the attempts of each account ended in this process, and forgets accounts that are gone.
import { type Owner, ownerKey } from '../domain/owner.js';
import type { MetricsSnapshot } from '../metrics-snapshot.js';

export type Counted = 'sent' | 'deferred' | 'error' | 'limited';

export interface AttemptCounts {
  add(owner: Owner, what: Counted): void;
  /**
   * The accounts to show, with their counts; undefined for an account without any. Accounts that three snapshots in a
   * row do not know are forgotten.
   */
  listAccounts(tenants: MetricsSnapshot['tenants']): { owner: Owner; counts: CountsOfOne | undefined }[];
}

type CountsOfOne = Readonly<Record<Counted, number>>;

interface Entry {
  owner: Owner;
  counts: Record<Counted, number>;
  /** Snapshots in a row that did not know the account. */
  missed: number;
}

/** Snapshots that may miss an account before its counts are forgotten. */
const mostMissed = 2;

export function openAttemptCounts(): AttemptCounts {
  const entries = new Map<string, Entry>();

  /** The default account belongs to no snapshot, so it is shown while its tenant exists. */
  function unlistedOwners(known: Set<string>, tenantIds: Set<string>): Owner[] {
    const shown: Owner[] = [];
    for (const [key, entry] of entries) {
      if (known.has(key)) continue;
      if (entry.owner.accountId === null && tenantIds.has(entry.owner.tenantId)) shown.push(entry.owner);
      // Not forgotten at once, because an account may be younger than the snapshot.
      else if (++entry.missed > mostMissed) entries.delete(key);
    }
    return shown;
  }

  return {
    add({ tenantId, accountId }, what) {
      const key = ownerKey({ tenantId, accountId });
      const entry = entries.get(key) ?? {
        owner: { tenantId, accountId },
        counts: { sent: 0, deferred: 0, error: 0, limited: 0 },
        missed: 0,
      };
      entry.counts[what] += 1;
      entry.missed = 0;
      entries.set(key, entry);
    },
    listAccounts(tenants) {
      const listed = tenants.flatMap(({ id, accountIds }) =>
        accountIds.map((accountId): Owner => ({ tenantId: id, accountId })),
      );
      const unlisted = unlistedOwners(new Set(listed.map(ownerKey)), new Set(tenants.map(({ id }) => id)));
      return [...listed, ...unlisted].map((owner) => ({
        owner,
        counts: entries.get(ownerKey(owner))?.counts,
      }));
    },
  };
}
