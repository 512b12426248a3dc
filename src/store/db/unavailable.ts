// Tells apart why a statement failed: the database is away, which may pass, or what it refers to was deleted.

/**
 * Prisma's codes for a server that cannot be reached, hangs up, or has no connection or transaction free in time. Then
 * Node's codes for a server that cannot be reached. ENOTFOUND and EAI_AGAIN: the name of a stopped container is gone.
 */
const codes = new Set([
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'P2028',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/**
 * PostgreSQL's codes: connection failures, read-only (a standby), idle for too long, out of disk, memory or connections,
 * shutting down, starting up, cancelled, no lock in time. Then the messages of its driver, and those of SQLite.
 */
const states = new RegExp(
  [
    /\b(08000|08003|08006|25006|25P03|53100|53200|53300|55P03|57014|57P01|57P02|57P03|57P05)\b/,
    /Connection terminated|ECONNREFUSED|EPIPE|not queryable|timeout exceeded when trying to connect/,
    /database is locked|database or disk is full|readonly database|disk I\/O error|unable to open database file/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

/** Whether the same statement may succeed later, when the database is back. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return codes.has(code) || states.test(`${code} ${error.message}`);
}

/**
 * Whether a write referred to a tenant, account or message that was deleted meanwhile. `write-gate.ts` has repeated the write
 * by then, so the API answers 404.
 */
export function isMissingReference(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return ['P2003', '23503', 'SQLITE_CONSTRAINT_FOREIGNKEY'].includes(code);
}
