// How each account is doing now: what waits, how fast it sends, how full its windows are, and what holds it back.
import { accountStats } from '../account-stats.js';
import { allPages } from '../all-pages.js';
import { type ApiTarget, openApi } from '../call-api.js';

export interface LiveAccount {
  tenant: string;
  account: string;
  pending: number;
  /** Since the service started, in the process that answers; absent where the metrics are closed to the caller. */
  sent?: number;
  /** Absent at the first look. */
  sent_per_minute?: number;
  /** How full each window of a limit is: `12/30 min 800/5000 d`. */
  windows?: string;
  /** What holds it back. */
  state: string;
}

export interface Look {
  /** On a monotonic clock. */
  atMs: number;
  accounts: LiveAccount[];
}

interface State {
  tenant_id: string;
  account_id?: string;
  state: string;
  suspended?: string;
  breaker?: { state: string; reason: string; probe_ts?: number };
  windows: { window: string; limit: number; used?: number; opens_ts?: number }[];
  queued: Record<string, number>;
}

/** The most accounts that are looked at. */
const mostAccounts = 10_000;

const units: Record<string, string> = {
  minute: 'min',
  hour: 'h',
  day: 'd',
  tenant_hour: 'h of the tenant',
  tenant_day: 'd of the tenant',
};

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
  const [states, stats] = await Promise.all([
    allPages<State>(openApi(target), '/accounts/state', 'accounts', {}, mostAccounts),
    // The metrics show all tenants, so they are closed to the token of one.
    accountStats(target).catch(() => []),
  ]);
  const sent = new Map(stats.map((one) => [`${one.tenant}\n${one.account}`, one.sent]));
  const earlier = new Map(before?.accounts.map((one) => [`${one.tenant}\n${one.account}`, one.sent]));
  const minutes = before === undefined ? 0 : (atMs - before.atMs) / 60_000;
  const accounts = states.map((state): LiveAccount => {
    const [tenant, account] = [state.tenant_id, state.account_id ?? 'default'];
    const now = sent.get(`${tenant}\n${account}`);
    // A service that has started anew counts from 0 again.
    const fresh = Math.max(0, (now ?? 0) - (earlier.get(`${tenant}\n${account}`) ?? now ?? 0));
    return {
      tenant,
      account,
      pending: Object.values(state.queued).reduce((sum, n) => sum + n, 0),
      ...(now !== undefined && { sent: now }),
      ...(minutes > 0 && now !== undefined && { sent_per_minute: Math.round(fresh / minutes) }),
      ...(state.windows.length > 0 && { windows: state.windows.map(fillOf).join(' ') }),
      state: sentenceFor(state),
    };
  });
  accounts.sort((a, b) => b.pending - a.pending || (b.sent ?? 0) - (a.sent ?? 0));
  return { atMs, accounts: accounts.slice(0, most) };
}

function fillOf({ window, limit, used }: State['windows'][number]): string {
  return `${used ?? '?'}/${limit} ${units[window] ?? window}`;
}

function sentenceFor({ state, suspended, breaker, windows }: State): string {
  if (suspended !== undefined) return `suspended (${suspended})`;
  if (breaker?.state === 'half_open') return `breaker half open: ${breaker.reason}`;
  if (breaker !== undefined) {
    const until =
      breaker.probe_ts === undefined ? 'until changed or verified' : `until ${timeOf(breaker.probe_ts)}`;
    return `breaker open ${until}: ${breaker.reason}`;
  }
  const opens = windows.map(({ opens_ts }) => opens_ts).filter((ts) => ts !== undefined);
  if (state === 'limited')
    return opens.length === 0 ? 'limit reached' : `limit reached until ${timeOf(Math.max(...opens))}`;
  return state === 'waiting' ? 'sending' : state;
}

function timeOf(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString();
}
