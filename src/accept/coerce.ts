// Converts JSON to the types that a schema asks for, as the validation of genro-mail-proxy did.
import type { z } from 'zod';
import { fieldsOf, type SchemaField } from './schema-fields.js';

const wholeOrDecimal = /^\s*[+-]?\d{1,15}(\.\d*)?\s*$/;

/** The words for yes and no, in lower case. */
export const truthWords: ReadonlyMap<string, boolean> = new Map([
  ...['true', '1', 'yes', 'on', 't', 'y'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off', 'f', 'n'].map((word) => [word, false] as const),
]);

/**
 * In the fields of an object, and of the objects in it: numbers and truth values may stand in strings, words in capital
 * letters, an empty string leaves an optional field out, and 0 does where the field has no value 0. All else is left to the schema, which refuses
 * what does not fit. A new object is made only where something is converted.
 */
export function coerce(schema: z.ZodType, given: unknown): unknown {
  const fields = fieldsOf(schema);
  if (fields === undefined || typeof given !== 'object' || given === null || Array.isArray(given))
    return given;
  let converted: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(given)) {
    const field = fields.get(name);
    if (field === undefined) continue;
    const read = coerceValue(field, value);
    if (read === value) continue;
    converted ??= { ...given };
    converted[name] = read;
  }
  return converted ?? given;
}

function coerceValue(field: SchemaField, value: unknown): unknown {
  const mayBeAbsent = field.absent !== 'required';
  if (value === '') return mayBeAbsent && !field.keepsEmpty ? field.absent : value;
  if (typeof value === 'string' && field.words.size > 0) {
    const word = value.trim().toLowerCase();
    if (field.words.has(word)) return word;
  }
  switch (field.takes) {
    case 'number': {
      const number = typeof value === 'string' && wholeOrDecimal.test(value) ? Number(value) : value;
      return number === 0 && field.zeroIsAbsent ? field.absent : number;
    }
    case 'truth':
      return typeof value === 'string' || value === 0 || value === 1
        ? (truthWords.get(String(value).trim().toLowerCase()) ?? value)
        : value;
    case 'text':
      return value;
    case 'other':
      return coerce(field.schema, value);
  }
}
