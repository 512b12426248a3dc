// Tells a database that does not answer from a statement that it refuses.

/** Prisma's codes for a server that cannot be reached, hangs up, or has no connection free in time. */
const codes = new Set([
  'P1001',
  'P1002',
  'P1008',
  'P1017',
  'P2024',
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
]);

/** PostgreSQL's own: connection failures, shutting down, starting up, too many connections. */
const states =
  /\b(08000|08003|08006|57P01|57P02|57P03|53300)\b|Connection terminated|ECONNREFUSED|database is locked/;

export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return codes.has(code) || states.test(error.message);
}
