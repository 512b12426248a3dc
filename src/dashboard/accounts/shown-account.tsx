// What the pages show of how an account is doing: its state in a word, its windows as bars, its breaker in a sentence.
import { Time } from '../pages/time.js';

/** As `GET /accounts/state` answers. */
export interface ShownAccount {
  tenant_id: string;
  account_id?: string;
  state: 'suspended' | 'breaker' | 'limited' | 'waiting' | 'idle';
  suspended?: 'instance' | 'inactive' | 'tenant' | 'account';
  breaker?: {
    state: 'open' | 'half_open';
    reason: string;
    failures: number;
    since_ts: number;
    probe_ts?: number;
  };
  windows: { window: string; limit: number; used?: number; opens_ts?: number }[];
  sending: number;
  max_sending?: number;
  queued: Record<'immediate' | 'high' | 'medium' | 'low', number>;
  oldest_due_ts?: number;
  last_sent_ts?: number;
}

/** The pages of accounts leave the one of the installation out: it has no id that a path could name. */
export function pathOfAccount(tenantId: string, accountId: string): string {
  return `/dashboard/accounts/${encodeURIComponent(accountId)}?tenant_id=${encodeURIComponent(tenantId)}`;
}

export function pathOfTenant(tenantId: string): string {
  return `/dashboard/tenants/${encodeURIComponent(tenantId)}`;
}

const words: Record<ShownAccount['state'], string> = {
  suspended: 'suspended',
  breaker: 'refused by its server',
  limited: 'at its limit',
  waiting: 'sending',
  idle: 'idle',
};

export function StateWord({ state }: Pick<ShownAccount, 'state'>) {
  return <span class={`status ${state === 'breaker' ? 'error' : state}`}>{words[state]}</span>;
}

const suspensions: Record<NonNullable<ShownAccount['suspended']>, string> = {
  instance: 'All sending is suspended.',
  inactive: 'The tenant is not active; the admin can change that.',
  tenant: 'The tenant is suspended.',
  account: 'The account is suspended by itself.',
};

export function SuspensionSentence({ suspended }: Pick<ShownAccount, 'suspended'>) {
  return suspended === undefined ? null : <p>{suspensions[suspended]}</p>;
}

const spans: Record<string, string> = {
  minute: 'a minute',
  hour: 'an hour',
  day: 'a day',
  tenant_hour: 'an hour, all accounts of the tenant',
  tenant_day: 'a day, all accounts of the tenant',
};

export function Windows({ windows }: Pick<ShownAccount, 'windows'>) {
  if (windows.length === 0) return <>no limit</>;
  return (
    <ul class="windows">
      {windows.map(({ window, limit, used, opens_ts }) => (
        <li>
          {used !== undefined && (
            <meter aria-label={`Used of ${spans[window]}`} max={limit} high={limit * 0.9} value={used} />
          )}{' '}
          {used === undefined ? `at most ${limit}` : `${used} of ${limit}`} {spans[window]}
          {opens_ts !== undefined && (
            <>
              , full until <Time seconds={opens_ts} />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

export function BreakerSentence({ breaker }: Pick<ShownAccount, 'breaker'>) {
  if (breaker === undefined) return null;
  const { state, reason, failures, since_ts, probe_ts } = breaker;
  return (
    <>
      {reason} ({failures === 1 ? 'once' : `${failures} times`}, last <Time seconds={since_ts} />){' '}
      {state === 'half_open' && '· one message at a time tries whether the server takes mail again'}
      {state === 'open' && probe_ts === undefined && '· not tried until the account is changed or verified'}
      {state === 'open' && probe_ts !== undefined && (
        <>
          · tried again <Time seconds={probe_ts} />
        </>
      )}
    </>
  );
}

export function queuedIn({ queued }: Pick<ShownAccount, 'queued'>): number {
  return queued.immediate + queued.high + queued.medium + queued.low;
}
