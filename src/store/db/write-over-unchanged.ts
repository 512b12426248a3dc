// Changes a row that a decision was based on: reads, decides, writes if the row is unchanged, and otherwise starts over.
import { Fault } from '../../errors.js';

/** Each try that fails means that another change has succeeded meanwhile. */
const mostTries = 20;

/**
 * @param tryOnce reads the row, decides and writes on the condition that the row is as it was read; undefined: it was not
 * @throws Fault `busy` when the row never stays as it was read
 */
export async function writeOverUnchanged<T>(tryOnce: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const result = await tryOnce();
    if (result !== undefined) return result;
  }
  throw new Fault('busy', 'Too many changes at once; try again');
}
