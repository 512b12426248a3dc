// Prints one thing as lines of `name: value` for people.
import { localTime, printable } from './print-rows.js';

/** Without `ok`, and with times in the zone of the terminal. Objects are written as JSON. */
export function fieldsOf(thing: Record<string, unknown>): string[] {
  const fields = Object.entries(thing).filter(([name, value]) => name !== 'ok' && value !== undefined);
  const width = Math.max(0, ...fields.map(([name]) => name.length)) + 1;
  return fields.map(([name, value]) => `${`${name}:`.padEnd(width)} ${textOf(name, value)}`);
}

function textOf(name: string, value: unknown): string {
  if (name.endsWith('_ts') && typeof value === 'number') return localTime(value) ?? '';
  return printable(typeof value === 'object' ? JSON.stringify(value) : String(value));
}
