// How the results of a message's recipients are stored and shown: each reply once, and all replies within a bound.
import type { RecipientResult } from './message.js';

/** As stored: where an earlier entry of the same status has the same error, its index stands in place of the text. */
type PackedResult = Omit<RecipientResult, 'error'> & { error?: string | number };

/** Characters of errors in one list as it is shown. Entries beyond have status and code alone. */
const mostShown = 1024 * 1024;

export function packRecipients(results: RecipientResult[]): PackedResult[] {
  const first = new Map<string, number>();
  return results.map((result, n) => {
    const { error, status } = result;
    if (error === undefined) return result;
    const key = `${status} ${error}`;
    const known = first.get(key);
    if (known === undefined) first.set(key, n);
    return known === undefined ? result : { ...result, error: known };
  });
}

export function unpackRecipients(packed: PackedResult[]): RecipientResult[] {
  let left = mostShown;
  return packed.map(({ error: given, ...result }) => {
    const error = typeof given === 'number' ? packed[given]?.error : given;
    if (typeof error !== 'string' || error.length > left) return result;
    left -= error.length;
    return { ...result, error };
  });
}

/** The metadata of an event, with the results of recipients in it packed. */
export function packMetadata(metadata: Record<string, unknown>): Record<string, unknown> {
  const { recipients } = metadata;
  if (!Array.isArray(recipients)) return metadata;
  return { ...metadata, recipients: packRecipients(recipients as RecipientResult[]) };
}

export function unpackMetadata(metadata: Record<string, unknown>): Record<string, unknown> {
  const { recipients } = metadata;
  if (!Array.isArray(recipients)) return metadata;
  return { ...metadata, recipients: unpackRecipients(recipients as PackedResult[]) };
}
