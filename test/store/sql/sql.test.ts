// The tag `sql`: what stays text, what becomes a parameter, and what each database is given.
import { expect, test } from 'vitest';
import { byDatabase, empty, join, render, sql, verbatim } from '../../../src/store/db/sql.js';
import {
  advisoryLock,
  forUpdateOf,
  jsonField,
  jsonObject,
  listOf,
  onPostgres,
  rowsOf,
  tryAdvisoryLock,
} from '../../../src/store/db/sql-parts.js';

const both = (statement: ReturnType<typeof sql>) =>
  (['sqlite', 'postgresql'] as const).map((kind) => render(statement, kind));

test('values become parameters, numbered for PostgreSQL, and other SQL is put in its place', () => {
  const isDue = sql`due_at <= ${5}`;
  expect(both(sql`SELECT pk FROM ${verbatim('messages')} WHERE id = ${"o'x"} AND ${isDue}`)).toEqual([
    { text: 'SELECT pk FROM messages WHERE id = ? AND due_at <= ?', values: ["o'x", 5n] },
    { text: 'SELECT pk FROM messages WHERE id = $1 AND due_at <= $2::bigint', values: ["o'x", 5] },
  ]);
});

test('SQLite is given whole numbers and booleans as integers', () => {
  const [sqlite, postgresql] = both(sql`VALUES (${1}, ${2n}, ${true}, ${null})`);
  expect(sqlite?.values).toEqual([1n, 2n, 1n, null]);
  expect(postgresql).toEqual({
    text: 'VALUES ($1::bigint, $2::bigint, $3, $4)',
    values: [1, 2n, true, null],
  });
});

test('a number that is no safe whole number is refused', () => {
  for (const number of [0.5, Number.NaN, 2 ** 53]) expect(() => sql`${number}`).toThrow('no whole number');
});

test('each database is given its own words, or none', () => {
  const texts = (statement: ReturnType<typeof sql>) => both(statement).map(({ text }) => text);
  expect(texts(byDatabase({ sqlite: sql`a`, postgresql: sql`b` }))).toEqual(['a', 'b']);
  expect(texts(sql`SELECT 1 ${forUpdateOf('m')}`)).toEqual(['SELECT 1', 'SELECT 1 FOR UPDATE OF m']);
  expect(texts(onPostgres(sql`SELECT ${1}`))).toEqual(['', 'SELECT $1::bigint']);
  expect(texts(advisoryLock(1n, 'alone'))).toEqual(['', 'SELECT pg_advisory_xact_lock($1::bigint)']);
  expect(texts(tryAdvisoryLock(1, sql`key`))[0]).toBe('true');
  expect(texts(jsonField(sql`t.limits`, 'hourly'))).toEqual([
    "t.limits ->> 'hourly'",
    "CAST(t.limits AS JSONB) ->> 'hourly'",
  ]);
  expect(texts(jsonObject({ a: sql`x`, b: sql`y` }))).toEqual([
    "json_object('a', x, 'b', y)",
    "json_build_object('a', x, 'b', y)",
  ]);
});

test('lists are joined, and an empty one is refused, because SQL has none', () => {
  expect(both(sql`pk IN ${listOf(['a', 'b'])}`)[1]).toEqual({ text: 'pk IN ($1, $2)', values: ['a', 'b'] });
  expect(both(join([sql`a`, sql`b`], ' AND '))[0]?.text).toBe('a AND b');
  expect(() => listOf([])).toThrow('no empty list');
  expect(both(empty)[0]).toEqual({ text: '', values: [] });
});

test('rows travel as one JSON parameter, without characters that PostgreSQL refuses', () => {
  const table = rowsOf({ id: 'text', at: 'bigint' }, [
    { id: 'a\0\ud800', at: 1 },
    { id: null, at: null },
  ]);
  const json = JSON.stringify([
    ['a\ufffd\ufffd', 1],
    [null, null],
  ]);
  expect(both(table).map(({ values }) => values)).toEqual([[json], [json]]);
  expect(both(table)[0]?.text).toBe(
    '(SELECT value ->> 0 AS "id", value ->> 1 AS "at" FROM json_each(?)) AS j',
  );
});
