// Why a message is not sent now: for a worker that was refused it, and for whoever asks where their mail is.

import type { Status } from '../../domain/message.js';
import type { Owner } from '../../domain/owner.js';
import { breakerOfMessage } from '../accounts/breaker.js';
import type { Needs } from '../context.js';
import { rowsOf } from '../db/old-sql.js';
import { Prisma } from '../generated/sqlite/client.js';
import { accountScope, marginMs, tenantScope, type Window, windows, withLimits } from '../limits/send-log.js';
import { allBatches } from '../tenants/suspend.js';

export interface FullWindow {
  name: Window['name'];
  limit: number;
  /** Milliseconds until it has room for the message; undefined while sends that are under way fill it. */
  opensInMs: number | undefined;
}

export interface Blockers {
  status: Status;
  dueAt: number;
  suspended: 'instance' | 'tenant' | 'batch' | undefined;
  /** `until` in milliseconds since the epoch, or `untilChanged`. */
  rest: { until: number; reason: string; smtpCode: number | undefined } | undefined;
  /** Whether its account or its tenant has a limit. */
  limited: boolean;
  full: FullWindow[];
  limitBehavior: 'defer' | 'reject';
}

/** @param rank the place in line, from 1: how many slots have to be free */
export type Question = Owner & { pk: string; revision: string; rank: number };

type Looks = `${Window['name']}_at`;

interface Row extends Record<Window['name'], bigint>, Record<Looks, bigint | null> {
  k: string;
  revision: string;
  status: string;
  due_at: bigint;
  active: boolean | number;
  all_stopped: number | bigint;
  batch_stopped: number | bigint;
  open_until: bigint | null;
  rest_reason: string | null;
  rest_code: number | null;
  behavior: string | null;
  account_open: bigint;
  tenant_open: bigint;
  account_last: bigint;
  tenant_last: bigint;
}

/** An undefined in the answer: there is no such message, or no longer in this revision. */
export async function findBlockers(
  ctx: Needs<'db' | 'clock' | 'config' | 'secrets' | 'sendClock'>,
  questions: Question[],
): Promise<(Blockers | undefined)[]> {
  const rows = rowsOf(
    ctx.db.kind,
    { k: 'text', rev: 'text', tenant: 'text', account: 'text', rank: 'bigint' },
    questions.map((one) => ({
      k: one.pk,
      rev: one.revision,
      tenant: one.tenantId,
      account: one.accountId,
      rank: one.rank,
    })),
  );
  const stopped = (codes: Prisma.Sql) => Prisma.sql`(SELECT COUNT(*) FROM suspensions s
    WHERE s.tenant_id = messages.tenant_id AND s.batch_code = ${codes})`;
  const rest = (column: string) => Prisma.sql`(SELECT ${Prisma.raw(column)} FROM ${breakerOfMessage(ctx)})`;
  const open = (scope: Prisma.Sql) =>
    Prisma.sql`(SELECT COUNT(*) FROM send_slots o WHERE o.scope = ${scope})`;
  const last = (scope: Prisma.Sql) =>
    Prisma.sql`COALESCE((SELECT s.last_at FROM send_scopes s WHERE s.scope = ${scope}), 0)`;
  const found = await ctx.db.read.$queryRaw<Row[]>`
    SELECT j.k AS k, messages.revision AS revision, messages.status AS status, messages.due_at AS due_at,
      (SELECT i.active FROM instance i) AS active,
      ${stopped(Prisma.sql`${allBatches}`)} AS all_stopped,
      ${stopped(Prisma.sql`messages.batch_code`)} AS batch_stopped,
      ${rest('r.open_until')} AS open_until, ${rest('r.reason')} AS rest_reason,
      ${rest('r.smtp_code')} AS rest_code,
      (SELECT a.limit_behavior FROM accounts a WHERE a.tenant_id = j.tenant AND a.id = j.account) AS behavior,
      j.minute, j.hour, j.day, j.tenant_hour, j.tenant_day,
      ${open(accountScope)} AS account_open, ${open(tenantScope)} AS tenant_open,
      ${last(accountScope)} AS account_last, ${last(tenantScope)} AS tenant_last,
      ${Prisma.join(windows.map(entryThatCounts))}
    FROM ${withLimits(ctx, rows)} JOIN messages ON messages.pk = j.k AND messages.revision = j.rev`;
  const byKey = new Map(found.map((row) => [`${row.k} ${row.revision}`, row]));
  return questions.map(({ pk, revision, rank }) => {
    const row = byKey.get(`${pk} ${revision}`);
    return row && toBlockers(ctx, row, rank);
  });
}

function scopeOf({ name }: Window): Prisma.Sql {
  return name.startsWith('tenant') ? tenantScope : accountScope;
}

/** The entry that has to leave the window before the message has room in it. */
function entryThatCounts(window: Window): Prisma.Sql {
  const scope = scopeOf(window);
  const limit = Prisma.raw(`j.${window.name}`);
  return Prisma.sql`(SELECT l.at FROM send_log l WHERE l.scope = ${scope} AND l.n =
      (SELECT s.last_n FROM send_scopes s WHERE s.scope = ${scope}) - ${limit} + 1
      + (j.rank - 1 + (SELECT COUNT(*) FROM send_slots o WHERE o.scope = ${scope})) % NULLIF(${limit}, 0))
    AS ${Prisma.raw(`${window.name}_at`)}`;
}

function toBlockers(ctx: Needs<'clock' | 'sendClock'>, row: Row, rank: number): Blockers {
  const suspended = !Number(row.active)
    ? 'instance'
    : Number(row.all_stopped) > 0
      ? 'tenant'
      : Number(row.batch_stopped) > 0
        ? 'batch'
        : undefined;
  const until = row.open_until === null ? 0 : Number(row.open_until);
  return {
    status: row.status as Status,
    dueAt: Number(row.due_at),
    suspended,
    rest:
      until > ctx.clock.now()
        ? { until, reason: row.rest_reason ?? '', smtpCode: row.rest_code ?? undefined }
        : undefined,
    limited: windows.some(({ name }) => Number(row[name]) > 0),
    full: windows.flatMap((window) => fullness(window, row, rank, ctx.sendClock())),
    limitBehavior: row.behavior === 'reject' ? 'reject' : 'defer',
  };
}

function fullness({ name, lengthMs }: Window, row: Row, rank: number, sendClock: number): FullWindow[] {
  const limit = Number(row[name]);
  if (limit === 0) return [];
  const ofTenant = name.startsWith('tenant');
  const open = Number(ofTenant ? row.tenant_open : row.account_open);
  if (open >= limit) return [{ name, limit, opensInMs: undefined }];
  const now = Math.max(sendClock, Number(ofTenant ? row.tenant_last : row.account_last));
  // More in line before it than the window takes at once: it waits for whole windows to pass as well.
  const rounds = Math.floor((open + rank - 1) / limit);
  const at = row[`${name}_at`];
  const opensInMs =
    (at === null ? 0 : Math.max(0, Number(at) + lengthMs + marginMs - now)) + rounds * lengthMs;
  if (opensInMs <= 0) return [];
  // What is under way may yet give its slot back, to whoever is next.
  const isOpen = rank === 1 && open > 0;
  return [{ name, limit, opensInMs: isOpen ? undefined : opensInMs }];
}
