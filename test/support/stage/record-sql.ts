// Writes down the statements that a function of the store makes, as each database is given them, without a database: for
// snapshots that a reviewer can read.
import { systemClock } from '../../../src/clock.js';
import { readConfig } from '../../../src/config.js';
import { openSecrets } from '../../../src/secrets.js';
import { type Parameter, render, type Sql } from '../../../src/store/db/sql.js';
import type { Query, Transaction } from '../../../src/store/db/transaction.js';
import { newYear, type StoreContext } from './open-store.js';

/** What the recorded statements are answered with: rows by the name of the statement; the name of a query is `query`. */
type Answers = Record<string, unknown[]>;

/** Calls the function with a database that only writes down, and gives all statements in order, formatted. */
export async function recordSql(
  work: (ctx: StoreContext) => Promise<unknown>,
  answers: Answers = {},
): Promise<string> {
  const recorded: string[] = [];
  const transaction = async (statements: Record<string, { kind: string; sql: Sql } | undefined>) => {
    const named = Object.entries(statements).flatMap(([name, one]) => (one ? [{ name, ...one }] : []));
    recorded.push(...named.map(({ name, sql }) => show(name, sql)));
    return Object.fromEntries(
      named.map(({ name, kind }) => [name, kind === 'rows' ? (answers[name] ?? []) : 0]),
    );
  };
  const query = async (statement: { sql: Sql }) => {
    recorded.push(show('query', statement.sql));
    return answers.query ?? [];
  };
  const clock = { ...systemClock, at: newYear, now: () => newYear };
  const db = {
    kind: 'postgresql' as const,
    transaction: transaction as Transaction,
    queries: transaction as Transaction,
    query: query as Query,
    get read() {
      return refuse();
    },
    writeModels: refuse,
    close: async () => undefined,
  };
  await work({
    db,
    clock,
    config: readConfig({ GMP_DB_PATH: 'recorded.db' }),
    secrets: openSecrets(Buffer.alloc(32, 7)),
    processId: 'process-1',
    sendClock: () => newYear,
  });
  return `${recorded.join('\n\n')}\n`;
}

const refuse = (): never => {
  throw new Error('only hand-written SQL is written down');
};

/** Once where the databases differ in nothing but how they write parameters. */
function show(name: string, statement: Sql): string {
  const sqlite = render(statement, 'sqlite');
  const postgresql = render(statement, 'postgresql');
  const parameters = postgresql.values.map((value, n) => `-- $${n + 1}: ${showParameter(value)}`);
  const written = (database: string, text: string) =>
    text === '' ? `-- ${name}, ${database}: nothing` : `-- ${name}, ${database}\n${formatSql(text)};`;
  const alike = postgresql.text.replace(/\$\d+(::bigint)?/g, '?') === sqlite.text;
  const statements = alike
    ? [written('both databases (SQLite writes ? for each parameter)', postgresql.text)]
    : [written('SQLite', sqlite.text), written('PostgreSQL', postgresql.text)];
  return `${[statements.join('\n\n'), ...parameters].join('\n')}`;
}

function showParameter(value: Parameter): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}

/** Begin a line of their own. */
const clauses =
  /^(?:SELECT|FROM|WHERE|SET|VALUES|RETURNING|(?:LEFT )?JOIN|ORDER BY|GROUP BY|LIMIT|UNION(?: ALL)?|ON CONFLICT|DO UPDATE|AND|OR|WHEN|ELSE|END|FOR UPDATE)\b/;
/** A list goes on in the next line beyond this. */
const longLine = 90;
/** Brackets around less than this stay on their line. */
const shortBrackets = 60;

/** Lines by clauses, indented by brackets; text in quotes stays as it is. */
export function formatSql(text: string): string {
  const words = text.match(/'(?:[^']|'')*'|[()]|,|[^\s(),']+|\s+/g) ?? [];
  const flat = words.map((word) => (/^\s+$/.test(word) ? ' ' : word)).join('');
  let out = '';
  let at = 0;
  const open: boolean[] = [];
  const indent = () => `\n${'  '.repeat(open.filter(Boolean).length)}`;
  while (at < flat.length) {
    const rest = flat.slice(at);
    const isListed = /, $/.test(out) && flat[at] !== ' ' && open.at(-1) !== false;
    if (isListed && out.length - out.lastIndexOf('\n') > longLine) out = `${out.trimEnd()}${indent()}  `;
    const quoted = /^'(?:[^']|'')*'/.exec(rest)?.[0];
    if (quoted !== undefined) {
      out += quoted;
      at += quoted.length;
    } else if (rest.startsWith('(')) {
      const breaks = lengthOfBrackets(rest) > shortBrackets;
      open.push(breaks);
      out += breaks ? `(${indent()}` : '(';
      at += 1;
      while (breaks && flat[at] === ' ') at += 1;
    } else if (rest.startsWith(')')) {
      const broke = open.pop();
      out = broke ? `${out.trimEnd()}${indent()})` : `${out})`;
      at += 1;
    } else {
      const startsWord = at === 0 || /[\s()]/.test(flat[at - 1] ?? ' ');
      const isInside = open.length > 0 && open.at(-1) === false;
      const clause = startsWord && !isInside;
      const found = clause ? clauses.exec(rest)?.[0] : undefined;
      if (found !== undefined && out !== '' && !/\n\s*$/.test(out)) {
        out = `${out.trimEnd()}${indent()}`;
      }
      const word = found ?? /^(?:[^\s()']+|\s)/.exec(rest)?.[0] ?? rest;
      out += word;
      at += word.length;
    }
  }
  return out
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function lengthOfBrackets(text: string): number {
  let depth = 0;
  for (const { 0: word, index } of text.matchAll(/'(?:[^']|'')*'|[()]/g)) {
    if (word === '(') depth += 1;
    else if (word === ')') depth -= 1;
    if (depth === 0) return index;
  }
  return text.length;
}
