// How an account is doing, as it is shown.
import { z } from '@hono/zod-openapi';
import { toUnixSeconds } from '../../../clock.js';
import { priorities } from '../../../domain/priority.js';
import type { AccountState, BreakerState, WindowState } from '../../../store/account-state/find-states.js';
import type { RecentError } from '../../../store/account-state/recent-errors.js';
import type { Caller } from '../../middleware/authenticate.js';

const window = z
  .object({
    window: z
      .enum(['minute', 'hour', 'day', 'tenant_hour', 'tenant_day'])
      .describe('The account may send `limit` mails in it; `tenant_`: all accounts of the tenant together.'),
    limit: z.int().describe('Mails at most.'),
    used: z
      .int()
      .optional()
      .describe(
        "Mails that count in it now, those in flight included. Absent with a tenant's token for the installation's account, which counts the mails of all tenants.",
      ),
    opens_ts: z.int().optional().describe('Full: when it has room for the next mail, Unix seconds.'),
  })
  .describe('The minute, hour or day before now, and what its limit leaves.');

const breaker = z
  .object({
    state: z
      .enum(['open', 'half_open'])
      .describe(
        'open: nothing is tried. half_open: one message at a time tries whether the server takes mail again.',
      ),
    reason: z.string().describe('What the server said, or what the fault was.'),
    smtp_code: z.int().optional().describe("The server's reply code."),
    failures: z.int().describe('How often the server refused the account without a success in between.'),
    since_ts: z.int().describe('When it last opened, Unix seconds.'),
    probe_ts: z
      .int()
      .optional()
      .describe('When a message tries the server again; absent: once the account is changed or verified.'),
  })
  .describe('The circuit breaker, while it is not closed.');

const count = z.int().describe('So many.');

export const accountState = z
  .object({
    tenant_id: z.string().describe('Whose.'),
    account_id: z
      .string()
      .optional()
      .describe("Which; absent: the installation's account, which tenants without accounts have."),
    state: z
      .enum(['suspended', 'breaker', 'limited', 'waiting', 'idle'])
      .describe('The first of these that applies; waiting: nothing holds its messages back.'),
    suspended: z
      .enum(['instance', 'inactive', 'tenant', 'account'])
      .optional()
      .describe('What is suspended: all sending, a tenant that is not active, the tenant, the account.'),
    breaker: breaker.optional(),
    windows: z.array(window).describe('Those that have a limit.'),
    sending: z.int().describe('Sends in flight.'),
    max_sending: z
      .int()
      .optional()
      .describe('At most so many at once, as the account says or its server was seen to take.'),
    queued: z
      .object({ immediate: count, high: count, medium: count, low: count })
      .describe('Messages that are not sent yet, by priority. Counted now and then.'),
    oldest_due_ts: z
      .int()
      .optional()
      .describe('Since when the oldest message that is due has been due, Unix seconds.'),
    last_sent_ts: z
      .int()
      .optional()
      .describe('When its server last took a mail, Unix seconds; absent: none that is still stored.'),
  })
  .openapi('AccountState', { description: 'How an account is doing now.' });

export const recentError = z
  .object({
    smtp_code: z.int().optional().describe("The server's reply code; absent: there was no reply."),
    count: z.int().describe('How many messages have it.'),
    last_ts: z.int().describe('When it last happened, Unix seconds.'),
    error: z.string().describe('What was said then.'),
  })
  .openapi('RecentError', { description: 'What the server of an account answered lately.' });

export const stateExample: z.output<typeof accountState> = {
  tenant_id: 'shop',
  account_id: 'main',
  state: 'limited',
  windows: [
    { window: 'minute', limit: 30, used: 30, opens_ts: 1_790_000_042 },
    { window: 'day', limit: 5000, used: 812 },
  ],
  sending: 2,
  max_sending: 3,
  queued: { immediate: 0, high: 1, medium: 240, low: 0 },
  oldest_due_ts: 1_789_999_990,
  last_sent_ts: 1_790_000_000,
};

export function showState(state: AccountState, caller: Caller): z.output<typeof accountState> {
  const { tenantId, accountId, suspended, breaker, windows, sending, mostSending, queued } = state;
  const isShared = accountId === null && caller.kind === 'tenant';
  return {
    tenant_id: tenantId,
    ...(accountId !== null && { account_id: accountId }),
    state: wordFor(state),
    ...(suspended !== undefined && { suspended }),
    ...(breaker !== undefined && { breaker: showBreaker(breaker) }),
    windows: windows.map((one) => showWindow(one, isShared)),
    sending,
    ...(mostSending !== undefined && { max_sending: mostSending }),
    queued: countsOf(queued),
    ...(state.oldestDueAt !== undefined && { oldest_due_ts: toUnixSeconds(state.oldestDueAt) }),
    ...(state.lastSentAt !== undefined && { last_sent_ts: toUnixSeconds(state.lastSentAt) }),
  };
}

function countsOf(queued: AccountState['queued']) {
  const of = (name: keyof typeof priorities) => queued.get(priorities[name]) ?? 0;
  return { immediate: of('immediate'), high: of('high'), medium: of('medium'), low: of('low') };
}

function wordFor({ suspended, breaker, windows, queued, sending }: AccountState) {
  if (suspended !== undefined) return 'suspended';
  if (breaker !== undefined) return 'breaker';
  if (windows.some(({ limit, used, opensAt }) => used >= limit || opensAt !== undefined)) return 'limited';
  return queued.size > 0 || sending > 0 ? 'waiting' : 'idle';
}

function showBreaker({ isOpen, reason, smtpCode, failures, openedAt, probeAt }: BreakerState) {
  return {
    state: isOpen ? ('open' as const) : ('half_open' as const),
    reason,
    ...(smtpCode !== undefined && { smtp_code: smtpCode }),
    failures,
    since_ts: toUnixSeconds(openedAt),
    ...(probeAt !== undefined && { probe_ts: Math.ceil(probeAt / 1000) }),
  };
}

function showWindow({ name, limit, used, opensAt }: WindowState, isShared: boolean) {
  return {
    window: name,
    limit,
    // The tenant's own windows count its own mails alone.
    ...((!isShared || name.startsWith('tenant_')) && { used }),
    ...(opensAt !== undefined && { opens_ts: Math.ceil(opensAt / 1000) }),
  };
}

export function showError({ smtpCode, count, at, error }: RecentError) {
  return { ...(smtpCode !== undefined && { smtp_code: smtpCode }), count, last_ts: toUnixSeconds(at), error };
}
