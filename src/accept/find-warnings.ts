// Says which fields of a call have no effect: unknown ones, and those whose feature is still to come.
import type { z } from 'zod';
import { isPlainName } from '../domain/plain-name.js';
import { nearestName } from '../nearest-name.js';
import { truthWords } from './coerce.js';
import { fieldsOf } from './schema-fields.js';

/** What to say of a field that has no effect, after its path: `imap_host`, `client_auth.user`. */
export interface FieldNotes {
  /** Of fields that the schema does not have, but that are no mistake. */
  later?: Readonly<Record<string, string>>;
  /** Of fields that the schema checks. */
  idle?: Readonly<Record<string, string>>;
}

/** Most warnings of one call, so that a caller who sends thousands of names is not answered with all of them. */
export const mostWarnings = 50;

/** @param kind what the names belong to: a `field` of a body, or a `parameter` of a query */
export function findWarnings(
  schema: z.ZodType,
  given: unknown,
  notes: FieldNotes = {},
  kind: 'field' | 'parameter' = 'field',
  within = '',
): string[] {
  const fields = fieldsOf(schema);
  if (fields === undefined || typeof given !== 'object' || given === null || Array.isArray(given)) return [];
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(given)) {
    if (warnings.length >= mostWarnings) break;
    const path = within + name;
    const field = fields.get(name);
    const table = (field === undefined ? notes.later : notes.idle) ?? {};
    const note = Object.hasOwn(table, path) ? table[path] : undefined;
    if (note !== undefined) {
      if (!isUnused(value)) warnings.push(`${path} ${note}`);
    } else if (field === undefined) warnings.push(describeUnknown(path, name, fields.keys(), kind));
    else warnings.push(...findWarnings(field.schema, value, notes, kind, `${path}.`));
  }
  return warnings.slice(0, mostWarnings);
}

/** Clients send settings that they do not use as null, empty or false, and some write false as a number or a text. */
function isUnused(value: unknown): boolean {
  if (value === null || value === '' || value === 0) return true;
  return truthWords.get(String(value).trim().toLowerCase()) === false;
}

/** `unknown field pass; did you mean password?` */
export function describeUnknown(path: string, name: string, known: Iterable<string>, kind: string): string {
  if (!isPlainName(path)) return `unknown ${kind} whose name is not repeated here`;
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? '' : `; did you mean ${path.slice(0, -name.length)}${nearest}?`;
  return `unknown ${kind} ${path}${hint}`;
}
