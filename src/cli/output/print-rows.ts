// Prints rows as an aligned table for people, or as CSV for spreadsheets.

export interface Column<Row> {
  title: string;
  /** What stands in the cell; undefined: nothing. A time is shown in the zone of the terminal, and in CSV as ISO 8601. */
  of: (row: Row) => Cell;
}

type Cell = string | number | boolean | Date | undefined;

const longestCell = 60;
const gap = '  ';

/**
 * @param isTerminal whether long cells are cut, so that a row stays on a line
 * @returns the lines
 */
export function tableOf<Row>(rows: readonly Row[], columns: Column<Row>[], isTerminal: boolean): string[] {
  const cut = (text: string) =>
    isTerminal && text.length > longestCell ? `${text.slice(0, longestCell - 1)}…` : text;
  const cells = rows.map((row) => columns.map(({ of }) => cut(printable(textOf(of(row))))));
  const widths = columns.map(({ title }, n) =>
    Math.max(title.length, ...cells.map((line) => line[n]?.length ?? 0)),
  );
  const lineOf = (line: string[]) =>
    line
      .map((cell, n) => cell.padEnd(widths[n] ?? 0))
      .join(gap)
      .trimEnd();
  return [columns.map(({ title }) => title.toUpperCase()), ...cells].map(lineOf);
}

/** RFC 4180. A cell that a spreadsheet would take for a formula is written as text. */
export function csvOf<Row>(rows: readonly Row[], columns: Column<Row>[]): string[] {
  const quote = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const cellOf = (value: Cell) => {
    if (value instanceof Date) return value.toISOString().replace('.000Z', 'Z');
    return quote(typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value ?? ''));
  };
  return [
    columns.map(({ title }) => title).join(','),
    ...rows.map((row) => columns.map(({ of }) => cellOf(of(row))).join(',')),
  ];
}

/** Text of others must not move the cursor or colour the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ');
}

function textOf(value: Cell): string {
  return value instanceof Date ? showTime(value) : String(value ?? '');
}

/** A cell of a table. */
export function timeOf(unixSeconds: number | undefined): Date | undefined {
  return unixSeconds === undefined ? undefined : new Date(unixSeconds * 1000);
}

/** For people, in the zone of the terminal. Programs read Unix seconds with `--json`. */
export function localTime(unixSeconds: number | undefined): string | undefined {
  const time = timeOf(unixSeconds);
  return time && showTime(time);
}

function showTime(time: Date): string {
  return time.toLocaleString(undefined, { timeZoneName: 'short' });
}
