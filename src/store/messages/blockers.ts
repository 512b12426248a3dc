// Why a message is not sent now: for a worker whose claim was refused, and for people who ask where their mail is.
import type { Owner } from '../../domain/owner.js';
import type { Status } from '../../domain/status.js';
import { breakerOfMessage } from '../accounts/breaker.js';
import type { Needs } from '../context.js';
import { batched } from '../db/per-database.js';
import { join, type Sql, sql, verbatim } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows } from '../db/transaction.js';
import { accountScope, slotsTaken, tenantScope, withLimits } from '../limits/send-log.js';
import { decidingEntry, type FullWindow, fullness, type WindowName, windows } from '../limits/window.js';
import { isHeld } from '../schedule/test-mode.js';
import { allBatches } from '../tenants/suspend.js';

export interface Blockers {
  status: Status;
  dueAt: number;
  /** `inactive`: its tenant is not active. `test`: test mode waits for run-now. */
  suspended: 'instance' | 'inactive' | 'tenant' | 'account' | 'batch' | 'test' | undefined;
  /** The open circuit breaker of its account. `until` in milliseconds since the epoch, or `untilChanged`. */
  breaker: { until: number; reason: string; smtpCode: number | undefined } | undefined;
  /** The breaker of its account was open, and another message tries whether the server takes mail again. */
  isHalfOpen: boolean;
  /** Whether its account or its tenant has a limit. */
  limited: boolean;
  full: FullWindow[];
  limitBehavior: 'defer' | 'reject';
}

/** @param rank the place in line, from 1: how many slots have to be free */
type Question = Owner & { pk: string; revision: string; rank: number };

type DecidingAt = `${WindowName}_at`;
type Whole = number | bigint;

interface Row extends Record<WindowName, Whole>, Record<DecidingAt, Whole | null> {
  k: string;
  revision: string;
  status: string;
  due_at: bigint;
  active: boolean | number;
  tenant_active: boolean | number;
  all_stopped: Whole;
  account_stopped: Whole | null;
  batch_stopped: Whole;
  open_until: bigint | null;
  breaker_reason: string | null;
  breaker_code: number | null;
  failures: number | null;
  behavior: string | null;
  account_open: Whole;
  tenant_open: Whole;
  account_last: Whole;
  tenant_last: Whole;
}

type BlockerNeeds = Needs<'db' | 'clock' | 'config' | 'secrets' | 'sendClock'>;

/** Undefined in the answer: there is no such message, or no longer in this revision. */
export async function findBlockers(
  ctx: BlockerNeeds,
  questions: Question[],
): Promise<(Blockers | undefined)[]> {
  const table = rowsOf(
    { k: 'text', rev: 'text', tenant: 'text', account: 'text', rank: 'bigint' },
    questions.map((one) => ({
      k: one.pk,
      rev: one.revision,
      tenant: one.tenantId,
      account: one.accountId,
      rank: one.rank,
    })),
  );
  const breaker = (column: string) => sql`(SELECT ${verbatim(column)} FROM ${breakerOfMessage(ctx)})`;
  const found = await ctx.db.query(
    rows<Row>(sql`
    SELECT j.k AS k, messages.revision AS revision, messages.status AS status, messages.due_at AS due_at,
      (SELECT i.active FROM instance i) AS active,
      (SELECT t.active FROM tenants t WHERE t.id = messages.tenant_id) AS tenant_active,
      ${suspensions(sql`${allBatches}`)} AS all_stopped,
      ${suspensions(sql`messages.batch_code`)} AS batch_stopped,
      (SELECT a.suspended_at FROM accounts a WHERE a.tenant_id = j.tenant AND a.id = j.account) AS account_stopped,
      ${breaker('b.open_until')} AS open_until, ${breaker('b.reason')} AS breaker_reason,
      ${breaker('b.smtp_code')} AS breaker_code, ${breaker('b.failures')} AS failures,
      (SELECT a.limit_behavior FROM accounts a WHERE a.tenant_id = j.tenant AND a.id = j.account) AS behavior,
      j.minute, j.hour, j.day, j.tenant_hour, j.tenant_day,
      ${slotsTaken(accountScope)} AS account_open, ${slotsTaken(tenantScope)} AS tenant_open,
      ${lastSend(accountScope)} AS account_last, ${lastSend(tenantScope)} AS tenant_last,
      ${join(windows.map(decidingColumn))}
    FROM ${withLimits(ctx, table)} JOIN messages ON messages.pk = j.k AND messages.revision = j.rev`),
  );
  const byKey = new Map(found.map((row) => [`${row.k} ${row.revision}`, row]));
  return questions.map(({ pk, tenantId, revision, rank }) => {
    const row = byKey.get(`${pk} ${revision}`);
    return row && toBlockers(ctx, tenantId, row, rank);
  });
}

/** As `findBlockers` for one message. */
export const findBlockersBatched = batched((ctx: BlockerNeeds, questions: Question[]) =>
  findBlockers(ctx, questions),
);

function suspensions(code: Sql): Sql {
  return sql`(SELECT COUNT(*) FROM suspensions s
    WHERE s.tenant_id = messages.tenant_id AND s.batch_code = ${code})`;
}

function lastSend(scope: Sql): Sql {
  return sql`COALESCE((SELECT s.last_at FROM send_scopes s WHERE s.scope = ${scope}), 0)`;
}

function decidingColumn(window: (typeof windows)[number]): Sql {
  const scope = window.of === 'tenant' ? tenantScope : accountScope;
  const ahead = sql`j.rank - 1 + ${slotsTaken(scope)}`;
  return sql`${decidingEntry(window, scope, ahead)} AS ${verbatim(`${window.name}_at`)}`;
}

function toBlockers(
  ctx: Needs<'clock' | 'config' | 'db' | 'sendClock'>,
  tenantId: string,
  row: Row,
  rank: number,
): Blockers {
  const isInTest = isHeld(ctx, tenantId, row.revision, Number(row.due_at));
  return {
    status: row.status as Status,
    dueAt: Number(row.due_at),
    suspended: suspendedIn(row) ?? (isInTest ? 'test' : undefined),
    breaker: breakerIn(row, ctx.clock.now()),
    isHalfOpen: (row.failures ?? 0) > 0,
    limited: windows.some(({ name }) => Number(row[name]) > 0),
    full: fullWindows(row, rank, ctx.sendClock()),
    limitBehavior: row.behavior === 'reject' ? 'reject' : 'defer',
  };
}

function suspendedIn(row: Row): Blockers['suspended'] {
  if (!Number(row.active)) return 'instance';
  if (!Number(row.tenant_active)) return 'inactive';
  if (Number(row.all_stopped) > 0) return 'tenant';
  if (row.account_stopped !== null) return 'account';
  return Number(row.batch_stopped) > 0 ? 'batch' : undefined;
}

function breakerIn({ open_until, breaker_reason, breaker_code }: Row, now: number): Blockers['breaker'] {
  const until = Number(open_until ?? 0);
  if (until <= now) return undefined;
  return { until, reason: breaker_reason ?? '', smtpCode: breaker_code ?? undefined };
}

function fullWindows(row: Row, rank: number, sendClock: number): FullWindow[] {
  return windows.flatMap((window) => {
    const decidingAt = row[`${window.name}_at`];
    const full = fullness(window, {
      limit: Number(row[window.name]),
      inFlight: Number(row[`${window.of}_open`]),
      rank,
      now: Math.max(sendClock, Number(row[`${window.of}_last`])),
      decidingAt: decidingAt === null ? undefined : Number(decidingAt),
    });
    return full ?? [];
  });
}
