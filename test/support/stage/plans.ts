// Says how a database carries out the statements that a piece of the service makes, and how much they read.
import type { Db } from '../../../src/store/db/open.js';
import { Prisma } from '../../../src/store/generated/sqlite/client.js';

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

export interface Statement {
  sql: Prisma.Sql;
  /** What was set for it, in its transaction, after it was written down. */
  settings: Prisma.Sql[];
}

/** A database whose raw reads are kept, to be explained afterwards. */
export function watchReads(db: Db): { db: Db; statements: Statement[] } {
  const statements: Statement[] = [];
  const read = new Proxy(db.read, {
    get(target, name) {
      if (name !== '$queryRaw' && name !== '$executeRaw') return Reflect.get(target, name);
      return (strings: TemplateStringsArray, ...values: unknown[]) => {
        const sql = Prisma.sql(strings, ...values);
        if (name === '$queryRaw') {
          statements.push({ sql, settings: [] });
          return target.$queryRaw(sql);
        }
        statements.at(-1)?.settings.push(sql);
        return target.$executeRaw(sql);
      };
    },
  });
  return { db: { ...db, read }, statements };
}

/** @param tables whose reading counts */
export function explain(db: Db, statement: Statement, tables: Tables): Promise<Plan> {
  return db.kind === 'sqlite'
    ? explainSqlite(db, statement, tables)
    : explainPostgresql(db, statement, tables);
}

async function explainSqlite(db: Db, statement: Statement, tables: Tables): Promise<Plan> {
  const rows = await db.read.$queryRaw<{ detail: string }[]>`EXPLAIN QUERY PLAN ${statement.sql}`;
  const lines = rows.map(({ detail }) => detail);
  const aliases = new Set([...tables, ...tables.map(([first]) => first)]);
  const faults = lines.filter((line) => {
    const [, scanned] = /^SCAN (\w+)/.exec(line) ?? [];
    return line.includes('TEMP B-TREE') || (scanned !== undefined && aliases.has(scanned));
  });
  const searched = lines.flatMap((line) => /USING (?:COVERING )?INDEX (\S+ \(.*\))/.exec(line)?.[1] ?? []);
  return { faults, indexes: [...new Set(searched)], read: 0 };
}

async function explainPostgresql(db: Db, statement: Statement, tables: Tables): Promise<Plan> {
  const { sql, settings } = statement;
  const results = await db.read.$transaction([
    ...settings.map((setting) => db.read.$executeRaw(setting)),
    db.read.$queryRaw<
      { 'QUERY PLAN': [{ Plan: PgNode }] }[]
    >`EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) ${sql}`,
  ]);
  const [row] = results.at(-1) as { 'QUERY PLAN': [{ Plan: PgNode }] }[];
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
