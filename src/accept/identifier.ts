// Checks ids and names that clients choose, so that database columns, header lines and logs can hold them.
import { z } from 'zod';

/** Control characters (PostgreSQL stores no NUL) and halves of surrogate pairs, which have no UTF-8. */
export const unfit = /[\p{Cc}\p{Cs}]/u;
export const unfitReason = 'contains a control character or half a surrogate pair';

/** One line of text, which may be empty. */
export function lineOfText(max: number) {
  return z
    .string('is not a string')
    .max(max, `is longer than ${max} characters`)
    .refine((text) => !unfit.test(text), unfitReason);
}

export function identifier(max: number) {
  return lineOfText(max).min(1, 'is empty');
}

/** Also an id in the path of a call. A client or proxy takes `.` and `..` there for a step in the path, in any spelling. */
export function pathIdentifier(max: number) {
  return identifier(max).refine((text) => text !== '.' && text !== '..', 'cannot be . or .. alone');
}
