// How each account is doing now: what waits, how fast it sends, and what holds it back, from what the API tells.
import { type AccountStats, accountStats } from '../account-stats.js';
import { allPages } from '../all-pages.js';
import { type ApiTarget, openApi } from '../call-api.js';

export interface LiveAccount extends AccountStats {
  /** Absent at the first look. */
  sent_per_minute?: number;
  limits?: string;
  /** Why its first message waits: its breaker, a full window, a suspension, or its place in line. */
  state?: string;
}

export interface Look {
  /** On a monotonic clock. */
  atMs: number;
  accounts: LiveAccount[];
}

interface Account {
  id: string;
  limit_per_minute?: number;
  limit_per_hour?: number;
  limit_per_day?: number;
}

interface Explained {
  reasons: { kind: string; description: string }[];
}

/** Reasons that tell more than that the message is in line. */
const plain = new Set(['queued', 'sending', 'sent', 'error']);
const unsent = ['pending', 'deferred'];

/**
 * @param before the look before, for the rate
 * @param most the accounts with the most waiting messages, so many of them
 */
export async function readAccounts(
  target: ApiTarget,
  atMs: number,
  before: Look | undefined,
  most: number,
): Promise<Look> {
  const busiest = (await accountStats(target)).sort((a, b) => b.pending - a.pending || b.sent - a.sent);
  const accounts = await Promise.all(
    busiest.slice(0, most).map((one) => describe(target, one, atMs, before)),
  );
  return { atMs, accounts };
}

async function describe(
  target: ApiTarget,
  stats: AccountStats,
  atMs: number,
  before: Look | undefined,
): Promise<LiveAccount> {
  const { tenant, account } = stats;
  const earlier = before?.accounts.find((one) => one.tenant === tenant && one.account === account);
  const minutes = before === undefined ? 0 : (atMs - before.atMs) / 60_000;
  // A service that has started anew counts from 0 again.
  const fresh = earlier === undefined ? 0 : Math.max(0, stats.sent - earlier.sent);
  const limits = await limitsOf(target, tenant, account);
  // Asked for all, because the number of waiting messages is counted only now and then.
  const state = await stateOf(target, tenant, account);
  return {
    ...stats,
    ...(minutes > 0 && { sent_per_minute: Math.round(fresh / minutes) }),
    ...(limits !== undefined && { limits }),
    ...(state !== undefined && { state }),
  };
}

/** Undefined: none, or the default account of the instance, which is no account of the tenant. */
async function limitsOf(target: ApiTarget, tenant: string, account: string): Promise<string | undefined> {
  try {
    const path = `/account/${encodeURIComponent(account)}`;
    const found = await openApi(target)<Account>('GET', path, { query: { tenant_id: tenant } });
    const limits = [
      [found.limit_per_minute, 'min'],
      [found.limit_per_hour, 'h'],
      [found.limit_per_day, 'd'],
    ] as const;
    return (
      limits.flatMap(([limit, unit]) => (limit === undefined ? [] : [`${limit}/${unit}`])).join(' ') ||
      undefined
    );
  } catch {
    return undefined;
  }
}

/** Undefined when nothing holds it back, or its message has just left. */
async function stateOf(target: ApiTarget, tenant: string, account: string): Promise<string | undefined> {
  const api = openApi(target);
  let isWaiting = false;
  try {
    for (const status of unsent) {
      const query = { tenant_id: tenant, account_id: account, status };
      const [first] = await allPages<{ id: string }>(api, '/messages', 'messages', query, 1);
      if (first === undefined) continue;
      isWaiting = true;
      const path = `/messages/${encodeURIComponent(first.id)}/explain`;
      const { reasons } = await api<Explained>('GET', path, { query: { tenant_id: tenant } });
      const told = reasons.find(({ kind }) => !plain.has(kind));
      if (told !== undefined) return told.description;
    }
    return isWaiting ? 'sending' : undefined;
  } catch {
    return undefined;
  }
}
