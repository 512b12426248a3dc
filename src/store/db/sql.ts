// SQL as a value: the tag `sql` keeps text and parameters apart, and what SQLite and PostgreSQL write differently is
// decided when the statement is rendered for one of them.
//
//     sql`SELECT pk FROM messages WHERE ${isWaiting} AND due_at <= ${now} ${forUpdateOf('messages')}`
//
// A string, number, boolean or null is a parameter; another `sql` is put in its place. A whole number always travels as a
// 64-bit integer, so that no statement needs a cast for it. Helpers for lists of rows, locks and JSON: sql-parts.ts.

export type DatabaseKind = 'sqlite' | 'postgresql';

/** What a statement may carry as a parameter. */
export type Parameter = string | number | bigint | boolean | Buffer | null;

type Part = { text: string } | { parameter: Parameter } | { of: (kind: DatabaseKind) => Sql };

export class Sql {
  constructor(readonly parts: readonly Part[]) {}
}

/** A statement as the driver of one database takes it. */
interface Rendered {
  text: string;
  values: Parameter[];
}

export function sql(strings: TemplateStringsArray, ...values: (Sql | Parameter)[]): Sql {
  const parts: Part[] = [];
  strings.forEach((text, i) => {
    if (text !== '') parts.push({ text });
    if (i < values.length) parts.push(...partsOf(values[i] ?? null));
  });
  return new Sql(parts);
}

export const empty = new Sql([]);

/** Text that is SQL itself, such as the name of a column. Never for anything from outside. */
export function verbatim(text: string): Sql {
  return new Sql([{ text }]);
}

/** The values with a separator between them. At least one: SQL has no empty list. */
export function join(values: readonly (Sql | Parameter)[], separator = ', '): Sql {
  if (values.length === 0) throw new Error('SQL has no empty list');
  return new Sql(values.flatMap((value, i) => [...(i > 0 ? [{ text: separator }] : []), ...partsOf(value)]));
}

/** SQL that the two databases write differently. */
export function byDatabase(of: Record<DatabaseKind, Sql>): Sql {
  return new Sql([{ of: (kind) => of[kind] }]);
}

function partsOf(value: Sql | Parameter): readonly Part[] {
  if (value instanceof Sql) return value.parts;
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    throw new Error(`${value} is no whole number`);
  return [{ parameter: value }];
}

/** The statement in the words of one database; an empty text means that this database needs nothing. */
export function render(statement: Sql, kind: DatabaseKind): Rendered {
  const rendered: Rendered = { text: '', values: [] };
  renderInto(rendered, statement, kind);
  rendered.text = rendered.text.trim();
  return rendered;
}

function renderInto(rendered: Rendered, { parts }: Sql, kind: DatabaseKind): void {
  for (const part of parts) {
    if ('text' in part) rendered.text += part.text;
    else if ('of' in part) renderInto(rendered, part.of(kind), kind);
    else {
      rendered.values.push(kind === 'sqlite' ? forSqlite(part.parameter) : part.parameter);
      rendered.text += kind === 'sqlite' ? '?' : numbered(part.parameter, rendered.values.length);
    }
  }
}

/** SQLite has no booleans, and its driver would bind a number of JavaScript as a floating-point one. */
function forSqlite(value: Parameter): Parameter {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return typeof value === 'number' ? BigInt(value) : value;
}

/** PostgreSQL would otherwise guess the type of a number from its place, and read too small a one. */
function numbered(value: Parameter, n: number): string {
  return typeof value === 'number' || typeof value === 'bigint' ? `$${n}::bigint` : `$${n}`;
}
