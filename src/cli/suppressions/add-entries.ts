// Hands entries of a suppression list to the API, as many in a call as it takes.
import type { CallApi } from '../call-api.js';

export interface Added {
  added: number;
  /** With the place of each entry, from 0. */
  rejected: { n: number; reason: string }[];
}

const entriesAtOnce = 5000;

export async function addEntries(
  api: CallApi,
  tenant: string | undefined,
  entries: readonly unknown[],
): Promise<Added> {
  const all: Added = { added: 0, rejected: [] };
  for (let at = 0; at < entries.length; at += entriesAtOnce) {
    const body = { suppressions: entries.slice(at, at + entriesAtOnce) };
    const { added, rejected } = await api<Added>('POST', '/suppressions', {
      query: { tenant_id: tenant },
      body,
    });
    all.added += added;
    for (const { n, reason } of rejected) all.rejected.push({ n: n + at, reason });
  }
  return all;
}
