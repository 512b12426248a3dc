// Shows how a database carries out the statements that the service makes, and how much they read.
import type { Db } from '../../../src/store/db/open.js';
import { type Sql, sql } from '../../../src/store/db/sql.js';
import { type Query, rows, run, type Transaction } from '../../../src/store/db/transaction.js';

export interface Plan {
  /** A line for each step that is not harmless: reading a whole table, sorting, throwing away what was read. */
  faults: string[];
  /** The indexes that are searched, without repetitions. */
  indexes: string[];
  /** Entries of indexes that were read; only PostgreSQL says. */
  read: number;
}

type Tables = string[];

interface PgNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Heap Fetches'?: number;
  Plans?: PgNode[];
}

interface PlanRow {
  'QUERY PLAN': [{ Plan: PgNode }];
}

export interface Statement {
  sql: Sql;
  /** Statements before it in its transaction that only set how it is planned. */
  settings: Sql[];
}

/** A database that records its statements that read, to be explained afterwards. */
export function watchReads(db: Db): { db: Db; statements: Statement[] } {
  const statements: Statement[] = [];
  const query: Query = (statement) => {
    statements.push({ sql: statement.sql, settings: [] });
    return db.query(statement);
  };
  const queries: Transaction = (named) => {
    const given = Object.values(named).flatMap((one) => one ?? []);
    const settings = given.filter(({ kind }) => kind === 'run').map((one) => one.sql);
    for (const { kind, sql } of given) if (kind === 'rows') statements.push({ sql, settings });
    return db.queries(named);
  };
  return { db: { ...db, query, queries }, statements };
}

/** @param tables whose reading counts */
export function explain(db: Db, statement: Statement, tables: Tables): Promise<Plan> {
  return db.kind === 'sqlite'
    ? explainSqlite(db, statement, tables)
    : explainPostgresql(db, statement, tables);
}

async function explainSqlite(db: Db, statement: Statement, tables: Tables): Promise<Plan> {
  const steps = await db.query(rows<{ detail: string }>(sql`EXPLAIN QUERY PLAN ${statement.sql}`));
  const lines = steps.map(({ detail }) => detail);
  const aliases = new Set([...tables, ...tables.map(([first]) => first)]);
  const faults = lines.filter((line) => {
    const [, scanned] = /^SCAN (\w+)/.exec(line) ?? [];
    return line.includes('TEMP B-TREE') || (scanned !== undefined && aliases.has(scanned));
  });
  const searched = lines.flatMap((line) => /USING (?:COVERING )?INDEX (\S+ \(.*\))/.exec(line)?.[1] ?? []);
  return { faults, indexes: [...new Set(searched)], read: 0 };
}

async function explainPostgresql(db: Db, statement: Statement, tables: Tables): Promise<Plan> {
  const settings = statement.settings.map((setting, n) => [`setting${n}`, run(setting)] as const);
  const { explained } = await db.queries({
    ...Object.fromEntries(settings),
    explained: rows<PlanRow>(sql`EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) ${statement.sql}`),
  });
  const [row] = explained;
  const plan: Plan = { faults: [], indexes: [], read: 0 };
  const indexes = new Set<string>();
  const visit = (node: PgNode) => {
    const type = node['Node Type'];
    const relation = node['Relation Name'];
    const removed = node['Rows Removed by Filter'] ?? 0;
    if (type === 'Seq Scan' && tables.includes(relation ?? '')) plan.faults.push(`${type} on ${relation}`);
    if (node['Index Name'] !== undefined) {
      if (removed > 0) plan.faults.push(`${removed} thrown away after ${node['Index Name']}`);
      indexes.add(node['Index Name']);
      plan.read += (node['Actual Rows'] + removed) * node['Actual Loops'];
    }
    for (const child of node.Plans ?? []) visit(child);
  };
  if (row) visit(row['QUERY PLAN'][0].Plan);
  return { ...plan, indexes: [...indexes] };
}
