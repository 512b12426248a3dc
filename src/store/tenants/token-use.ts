// Keeps in mind which tokens were used, and writes it down now and then: no call waits for it or fails by it.
import type { Needs } from '../context.js';
import { rowsOf } from '../db/sql.js';
import { openLater } from '../db/write-later.js';
import type { KnownToken } from './tokens.js';

export interface TokenUse {
  note(token: Pick<KnownToken, 'hash' | 'lastUsedAt'>): void;
  close(): Promise<void>;
}

/** A use within this time of the last one that was noted is not worth noting. */
const worthMs = 60_000;

export function openTokenUse(ctx: Needs<'db' | 'clock' | 'log'>): TokenUse {
  const notedAt = new Map<string, number>();
  const later = openLater<{ hash: string; at: number }>(ctx, {
    what: 'the use of tokens',
    afterMs: 1000,
    most: 10_000,
    write: (uses) => write(ctx, uses),
  });
  return {
    note({ hash, lastUsedAt }) {
      const now = ctx.clock.now();
      if (now - Math.max(lastUsedAt ?? 0, notedAt.get(hash) ?? 0) < worthMs) return;
      // So that tokens that have ended do not pile up: what is forgotten stands in the database.
      if (notedAt.size >= 10_000) notedAt.clear();
      notedAt.set(hash, now);
      later.add({ hash, at: now });
    },
    close: later.close,
  };
}

async function write(ctx: Needs<'db'>, uses: { hash: string; at: number }[]): Promise<void> {
  const rows = rowsOf(
    ctx.db.kind,
    { token: 'text', at: 'bigint' },
    uses.map(({ hash, at }) => ({ token: hash, at })),
  );
  await ctx.db.write((client) => [
    client.$executeRaw`UPDATE tenant_tokens SET last_used_at = j.at FROM ${rows} WHERE hash = j.token`,
  ]);
}
