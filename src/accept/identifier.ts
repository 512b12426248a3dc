// What a client may choose as an id or a name: nothing that a database column, a header line or a log cannot hold.
import { z } from 'zod';

/** Control characters (PostgreSQL stores no NUL) and halves of surrogate pairs, which UTF-8 does not have. */
export const unfit = /[\p{Cc}\p{Cs}]/u;
export const unfitReason = 'contains a control character or half a surrogate pair';

/** One line of text, perhaps empty. */
export function lineOfText(max: number) {
  return z
    .string('is not a string')
    .max(max, `is longer than ${max} characters`)
    .refine((text) => !unfit.test(text), unfitReason);
}

export function identifier(max: number) {
  return lineOfText(max).min(1, 'is empty');
}
