// How accounts are doing now: their windows, circuit breakers, sends in flight and what waits. A few statements for many.
import { type Owner, ownerKey } from '../../domain/owner.js';
import { untilChanged } from '../accounts/breaker.js';
import type { Needs } from '../context.js';
import { accountScopeOf } from '../limits/send-log.js';
import { fullness, type WindowName, windows } from '../limits/window.js';
import { countInWindows } from './count-in-windows.js';
import { type Queued, queuedOf } from './queued-of.js';
import { readStateRows, type StateRow } from './state-rows.js';

export interface WindowState {
  name: WindowName;
  limit: number;
  /** Mails that count in it, those in flight included. */
  used: number;
  /** When it has room again; undefined: it has room, or may have at any time because a send is in flight. */
  opensAt: number | undefined;
}

export interface BreakerState {
  isOpen: boolean;
  reason: string;
  smtpCode: number | undefined;
  /** How often the server refused the account without a success in between. */
  failures: number;
  openedAt: number;
  /** When a message tries the server again; undefined: not before the account is changed or verified. */
  probeAt: number | undefined;
}

/** Times in milliseconds since the epoch. */
export interface AccountState extends Owner {
  windows: WindowState[];
  /** Undefined: closed, and the server took the last mail. */
  breaker: BreakerState | undefined;
  suspended: 'instance' | 'inactive' | 'tenant' | 'account' | undefined;
  /** Sends in flight, of all processes. */
  sending: number;
  /** At most so many at once, as the account says or its server was seen to take; undefined: no bound is known. */
  mostSending: number | undefined;
  queued: Queued;
  /** Since when the oldest message that is due has been due. */
  oldestDueAt: number | undefined;
  lastSentAt: number | undefined;
}

type StateNeeds = Needs<'db' | 'clock' | 'config' | 'secrets' | 'sendClock'>;

/** In the order of the owners. One that is not there is left out. */
export async function findAccountStates(ctx: StateNeeds, owners: Owner[]): Promise<AccountState[]> {
  const found = await readStateRows(ctx, owners);
  const known = found.map((row) => ({ tenantId: row.tenant, accountId: row.account }));
  const [states, queued] = await Promise.all([windowsOf(ctx, found), queuedOf(ctx, known)]);
  const now = ctx.clock.now();
  const byOwner = new Map(
    found.map((row, n) => {
      const [owner, ofQueue] = [known[n], queued[n]];
      if (owner === undefined || ofQueue === undefined) throw new Error('an answer is missing');
      return [ownerKey(owner), { ...owner, ...toState(row, now), windows: states[n] ?? [], queued: ofQueue }];
    }),
  );
  return owners.flatMap((owner) => byOwner.get(ownerKey(owner)) ?? []);
}

function toState(row: StateRow, now: number) {
  const bounds = [row.max_connections, row.learned_connections].filter((bound) => bound !== null);
  return {
    breaker: breakerIn(row, now),
    suspended: suspendedIn(row),
    sending: Number(row.sending),
    mostSending: bounds.length === 0 ? undefined : Math.min(...bounds),
    oldestDueAt: row.oldest_due === null ? undefined : Number(row.oldest_due),
    lastSentAt: row.last_sent === null ? undefined : Number(row.last_sent),
  };
}

function suspendedIn(row: StateRow): AccountState['suspended'] {
  if (Number(row.all_stopped)) return 'instance';
  if (!Number(row.tenant_active)) return 'inactive';
  if (Number(row.tenant_stopped)) return 'tenant';
  return row.account_stopped === null ? undefined : 'account';
}

function breakerIn(row: StateRow, now: number): BreakerState | undefined {
  const until = Number(row.open_until ?? 0);
  const isOpen = until > now;
  const failures = row.failures ?? 0;
  if (!isOpen && failures === 0) return undefined;
  return {
    isOpen,
    reason: row.reason ?? '',
    smtpCode: row.smtp_code ?? undefined,
    failures,
    openedAt: Number(row.opened_at ?? 0),
    probeAt: until === untilChanged ? undefined : until,
  };
}

/** For each row its windows that have a limit. */
async function windowsOf(ctx: StateNeeds, found: StateRow[]): Promise<WindowState[][]> {
  const asked = found.flatMap((row, n) =>
    windows
      .filter(({ name }) => Number(row[name]) > 0)
      .map((window) => ({
        n,
        row,
        window,
        limit: Number(row[window.name]),
        scope:
          window.of === 'tenant'
            ? row.tenant
            : accountScopeOf({ tenantId: row.tenant, accountId: row.account }),
        lastN: Number(row[`${window.of}_n`]),
        lastAt: Number(row[`${window.of}_last`]),
      })),
  );
  const counts = await countInWindows(ctx, asked);
  const states = found.map((): WindowState[] => []);
  for (const [at, { n, row, window, limit, lastAt }] of asked.entries()) {
    const inFlight = Number(row[`${window.of}_open`]);
    const decidingAt = row[`${window.name}_at`];
    const full = fullness(window, {
      limit,
      inFlight,
      rank: 1,
      now: Math.max(ctx.sendClock(), lastAt),
      decidingAt: decidingAt === null ? undefined : Number(decidingAt),
    });
    const opensAt = full?.opensInMs === undefined ? undefined : ctx.clock.now() + full.opensInMs;
    states[n]?.push({ name: window.name, limit, used: (counts[at] ?? 0) + inFlight, opensAt });
  }
  return states;
}
