// How many connections each process has to the server of an account, and how many that server was seen to take.
import type { Needs } from '../context.js';
import { batched } from '../db/per-database.js';
import { type Sql, sql, verbatim } from '../db/sql.js';
import { advisoryLockOf, rowsOf, text } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';

/** What was learned of an account's server in its present revision. Times in milliseconds since the epoch. */
export interface Learned {
  /** Connections at once; undefined: no limit was met. */
  connections: number | undefined;
  /** From when on one more is tried. */
  raiseAt: number;
  raiseAfterMs: number;
  /** Recipients of one mail; undefined: no limit was met. */
  recipients: number | undefined;
  recipientsAt: number;
}

/** How an account stands over all processes. */
export interface Standing {
  learned: Learned | undefined;
  /** Connections of all other processes. */
  others: number;
  /** Whether no other process sends. */
  isAlone: boolean;
}

interface LedgerKey {
  /** The account, as limits count it. */
  scope: string;
  revision: string;
}

/** Every call may fail while the database is away. */
export interface ConnectionLedger {
  find(key: LedgerKey): Promise<Standing>;
  /** @param held what this process would have then @param most of all processes together */
  take(key: LedgerKey, held: number, most: number): Promise<Standing & { isGranted: boolean }>;
  /** This process has so many connections. */
  hold(key: LedgerKey, held: number): Promise<unknown>;
  save(key: LedgerKey, learned: Learned): Promise<unknown>;
}

type LedgerNeeds = Needs<'db' | 'clock' | 'processId'>;

interface Row {
  k: string;
  others: number | bigint;
  workers: number | bigint;
  connections: number | null;
  raise_at: bigint | null;
  raise_after_ms: bigint | null;
  recipients: number | null;
  recipients_at: bigint | null;
}

/** The first number of the locks on accounts. Any number that no other lock begins with. */
const lockNumber = 7_430_412;

export function openConnectionLedger(ctx: LedgerNeeds): ConnectionLedger {
  return {
    find: (key) => findBatched(ctx, key),
    async take({ scope, revision }, held, most) {
      const others = heldByOthers(ctx, sql`${text(scope)}`);
      const { taken, standing } = await ctx.db.transaction({
        // Two processes must not both count the last free connection as theirs.
        lock: run(advisoryLockOf(lockNumber, text(scope))),
        taken: rows<{ held: number }>(sql`INSERT INTO connection_shares (scope, process_id, held)
          SELECT ${text(scope)}, ${text(ctx.processId)}, ${held} WHERE ${held} + ${others} <= ${most}
          ON CONFLICT (scope, process_id) DO UPDATE SET held = excluded.held RETURNING held`),
        standing: rows<Row>(standings(ctx, [{ scope, revision }])),
      });
      return { ...toStanding(standing[0]), isGranted: taken.length > 0 };
    },
    hold: ({ scope }, held) => ctx.db.transaction({ held: run(holding(ctx, scope, held)) }),
    save: ({ scope, revision }, learned) =>
      ctx.db.transaction({ saved: run(saving(scope, revision, learned)) }),
  };
}

const findBatched = batched(async (ctx: LedgerNeeds, keys: LedgerKey[]): Promise<Standing[]> => {
  const found = await ctx.db.query(rows<Row>(standings(ctx, keys)));
  const byScope = new Map(found.map((row) => [row.k, row]));
  return keys.map(({ scope }) => toStanding(byScope.get(scope)));
});

function standings(ctx: LedgerNeeds, keys: LedgerKey[]): Sql {
  const table = rowsOf(
    { k: 'text', rev: 'text' },
    keys.map(({ scope, revision }) => ({ k: scope, rev: revision })),
  );
  return sql`SELECT j.k AS k, ${heldByOthers(ctx, sql`j.k`)} AS others,
      (SELECT COUNT(*) FROM processes p WHERE p.id <> ${ctx.processId} AND p.roles LIKE '%worker%') AS workers,
      l.connections, l.raise_at, l.raise_after_ms, l.recipients, l.recipients_at
    FROM ${table} LEFT JOIN learned_limits l ON l.scope = j.k AND l.revision = j.rev`;
}

/** Processes without a row have ended. */
function heldByOthers({ processId }: LedgerNeeds, scope: Sql): Sql {
  return sql`COALESCE((SELECT SUM(s.held) FROM connection_shares s JOIN processes p ON p.id = s.process_id
    WHERE s.scope = ${scope} AND s.process_id <> ${processId}), 0)`;
}

function holding({ processId }: LedgerNeeds, scope: string, held: number): Sql {
  if (held <= 0)
    return sql`DELETE FROM connection_shares WHERE scope = ${scope} AND process_id = ${processId}`;
  return sql`INSERT INTO connection_shares (scope, process_id, held) VALUES (${scope}, ${processId}, ${held})
    ON CONFLICT (scope, process_id) DO UPDATE SET held = excluded.held`;
}

function saving(scope: string, revision: string, learned: Learned): Sql {
  const { connections = null, raiseAt, raiseAfterMs, recipients = null, recipientsAt } = learned;
  const columns = ['revision', 'connections', 'raise_at', 'raise_after_ms', 'recipients', 'recipients_at'];
  const set = verbatim(columns.map((name) => `${name} = excluded.${name}`).join(', '));
  return sql`INSERT INTO learned_limits (scope, ${verbatim(columns.join(', '))})
    VALUES (${scope}, ${revision}, ${connections}, ${raiseAt}, ${raiseAfterMs}, ${recipients}, ${recipientsAt})
    ON CONFLICT (scope) DO UPDATE SET ${set}`;
}

function toStanding(row: Row | undefined): Standing {
  if (row === undefined) return { learned: undefined, others: 0, isAlone: true };
  const learned = row.raise_at !== null && {
    connections: row.connections ?? undefined,
    raiseAt: Number(row.raise_at),
    raiseAfterMs: Number(row.raise_after_ms),
    recipients: row.recipients ?? undefined,
    recipientsAt: Number(row.recipients_at),
  };
  return { learned: learned || undefined, others: Number(row.others), isAlone: Number(row.workers) === 0 };
}
