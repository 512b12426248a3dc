// Runs the raw statements of writes on connections to PostgreSQL that pipeline: those of one write are sent together, so
// that they take one round trip.
import { DatabaseError, type Pool, type PoolClient, types } from 'pg';
import type { RawStatement, RunRaw } from './raw-statements.js';

const int8 = 20;

/** As Prisma reads it: BIGINT as bigint. */
const readers = {
  getTypeParser: ((oid: number, format: 'text') =>
    oid === int8 ? BigInt : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
};

export function runOnPostgres(pool: Pool): RunRaw {
  return async (statements) => {
    const client = await pool.connect();
    // Whoever waits for a statement is told by that one.
    const ignore = () => undefined;
    client.on('error', ignore);
    try {
      const results = await transact(client, statements);
      client.release();
      return results;
    } catch (error) {
      // What the server refuses leaves the connection as it was; after anything else nobody knows.
      client.release(!(error instanceof DatabaseError));
      throw error;
    } finally {
      client.off('error', ignore);
    }
  };
}

/** One statement is a transaction by itself. */
async function transact(client: PoolClient, statements: RawStatement[]): Promise<unknown[]> {
  const send = ({ sql: { text, values } }: RawStatement) => client.query({ text, values, types: readers });
  const sent =
    statements.length === 1
      ? statements.map(send)
      : [client.query('BEGIN'), ...statements.map(send), client.query('COMMIT')];
  // To the end also when one fails: what comes after it is refused, and COMMIT then ends it without effect.
  const ended = await Promise.allSettled(sent);
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const results = ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const own = statements.length === 1 ? results : results.slice(1, -1);
  return own.map((result, i) => (statements[i]?.tellsRows ? result.rows : (result.rowCount ?? 0)));
}
