// Records when each token was last used. The times are written later and together, so that no call waits or fails.

import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { run } from '../db/transaction.js';
import { openLater } from '../db/write-later.js';
import type { KnownToken } from './tokens.js';

export interface TokenUse {
  note(token: Pick<KnownToken, 'hash' | 'lastUsedAt'>): void;
  close(): Promise<void>;
}

/** A token's use is recorded at most once within this time. */
const resolutionMs = 60_000;

export function openTokenUse(ctx: Needs<'db' | 'clock' | 'log'>): TokenUse {
  const notedAt = new Map<string, number>();
  const later = openLater<{ hash: string; at: number }>(ctx, {
    what: 'the last use of tokens',
    afterMs: 1000,
    most: 10_000,
    write: (uses) => write(ctx, uses),
  });
  return {
    note({ hash, lastUsedAt }) {
      const now = ctx.clock.now();
      if (now - Math.max(lastUsedAt ?? 0, notedAt.get(hash) ?? 0) < resolutionMs) return;
      // Keeps revoked tokens from piling up. The database still has the times that are forgotten here.
      if (notedAt.size >= 10_000) notedAt.clear();
      notedAt.set(hash, now);
      later.add({ hash, at: now });
    },
    close: later.close,
  };
}

async function write(ctx: Needs<'db'>, uses: { hash: string; at: number }[]): Promise<void> {
  const used = rowsOf(
    { token: 'text', at: 'bigint' },
    uses.map(({ hash, at }) => ({ token: hash, at })),
  );
  await ctx.db.transaction({
    noted: run(sql`UPDATE tenant_tokens SET last_used_at = j.at FROM ${used} WHERE hash = j.token`),
  });
}
