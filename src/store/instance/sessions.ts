// Logins to the pages for people. They stand in the database, so that a log-out counts in every process.
import { hashToken, newToken } from '../../secrets.js';
import type { Needs } from '../context.js';
import { sql } from '../db/sql.js';
import { rowsOf } from '../db/sql-parts.js';
import { rows, run } from '../db/transaction.js';

/** The use of a session is recorded at most once within this time. */
const resolutionMs = 60_000;

type SessionNeeds = Needs<'db' | 'clock' | 'config'>;

/**
 * @param credential SHA-256 of what was typed
 * @returns what the browser is to keep. Only its hash is stored.
 */
export async function startSession(ctx: SessionNeeds, credential: string): Promise<string> {
  const id = newToken();
  const now = ctx.clock.now();
  await ctx.db.transaction({
    started: run(sql`INSERT INTO dashboard_sessions (hash, credential, created_at, last_used_at, expires_at)
      VALUES (${hashToken(id)}, ${credential}, ${now}, ${now}, ${now + ctx.config.dashboardSessionSeconds * 1000})`),
  });
  return id;
}

/** @returns the credential of the session; undefined when it has ended, or was not used for too long */
export async function findSession(ctx: SessionNeeds, id: string): Promise<string | undefined> {
  const now = ctx.clock.now();
  const [session] = await ctx.db.query(
    rows<{ credential: string; last_used_at: bigint }>(sql`
      SELECT credential, last_used_at FROM dashboard_sessions WHERE hash = ${hashToken(id)} AND expires_at > ${now}
        AND last_used_at > ${now - ctx.config.dashboardIdleSeconds * 1000}`),
  );
  if (session === undefined) return undefined;
  if (Number(session.last_used_at) < now - resolutionMs) {
    await ctx.db.transaction({
      used: run(sql`UPDATE dashboard_sessions SET last_used_at = ${now} WHERE hash = ${hashToken(id)}`),
    });
  }
  return session.credential;
}

/** The credentials of those of these sessions that have not ended. Unlike `findSession`, asking is no use of them. */
export async function findCredentials(ctx: SessionNeeds, ids: string[]): Promise<Map<string, string>> {
  const now = ctx.clock.now();
  const byHash = new Map(ids.map((id) => [hashToken(id), id]));
  const asked = rowsOf(
    { hash: 'text' },
    [...byHash.keys()].map((hash) => ({ hash })),
  );
  const found = await ctx.db.query(
    rows<{ hash: string; credential: string }>(sql`
      SELECT s.hash AS hash, s.credential AS credential FROM ${asked} JOIN dashboard_sessions s ON s.hash = j.hash
      WHERE s.expires_at > ${now} AND s.last_used_at > ${now - ctx.config.dashboardIdleSeconds * 1000}`),
  );
  return new Map(found.map(({ hash, credential }) => [byHash.get(hash) ?? '', credential]));
}

export async function endSession(ctx: Needs<'db'>, id: string): Promise<void> {
  await ctx.db.transaction({
    ended: run(sql`DELETE FROM dashboard_sessions WHERE hash = ${hashToken(id)}`),
  });
}
