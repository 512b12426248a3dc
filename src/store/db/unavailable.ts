// Tells a database that does not answer, or cannot write, from a statement that it refuses.

/**
 * Prisma's codes for a server that cannot be reached, hangs up, or has no connection or transaction free in time; and
 * those of Node: where a container is stopped, its name is gone as well.
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
 * PostgreSQL's own: connection failures, read-only (a standby), idle for too long, out of disk, memory or connections,
 * shutting down, starting up, cancelled, no lock in time. Then what its driver says, and what SQLite says.
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

export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return codes.has(code) || states.test(`${code} ${error.message}`);
}
